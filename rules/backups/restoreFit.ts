import { sameRevisions, schemaVerdict, type SchemaRecords } from "../database/schemaVerdict";
import type { DumpedSchema } from "./manifest";

/** A service of the release that serves, and the backup's word on its schema. */
export interface RestoreQuestion {
  readonly service: string;
  readonly digest: string;
  /** Undefined: its migration reports no revisions, so nothing can be compared. */
  readonly dumped: DumpedSchema | undefined;
  readonly records: SchemaRecords;
  /** Revisions that the operator has declared compatible with every release. */
  readonly compatible: readonly string[];
}

/**
 * Why a restored database would not fit what serves; null: it does, or nobody can tell. It fits where its schema is the
 * present one, the one that the serving image leads to, or a later one that is compatible with that image.
 */
export function findUnfitSchema({
  service,
  digest,
  dumped,
  records,
  compatible,
}: RestoreQuestion): string | null {
  const present = records.present[service];
  const image = records.images[`${service}@${digest}`];
  if (!dumped || (!present && !image)) return null;
  const { revisions } = dumped;
  if (present && sameRevisions(present.revisions, revisions)) return null;
  if (image && sameRevisions(image.heads, revisions)) return null;
  const at = revisions.join(", ") || "nothing";
  const isEarlier = revisions.every((revision) => image?.known.includes(revision));
  const way =
    "restore a backup of the release that serves, or add --other-schema and go to the backup's release at once";
  if (isEarlier) {
    const wanted = (image?.heads ?? present?.revisions ?? []).join(", ");
    return `services.${service}: the backup's schema is at ${at}, and what serves works with ${wanted}; ${way}`;
  }
  const restored = { revisions, known: dumped.known, release: "", at: "" };
  const outcome = schemaVerdict(restored, image?.known ?? null, compatible);
  if (outcome.verdict === "allow") return null;
  return `services.${service}: the backup's database ${outcome.reason}; ${way}`;
}
