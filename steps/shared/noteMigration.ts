import type { StackRecords } from "../../records/stackRecords";
import type { SchemaReport } from "../../rules/database/schemaReport";
import { sameRevisions } from "../../rules/database/schemaVerdict";
import { noteEvent } from "./noteEvent";

/** Puts on record that a service's database has been moved to other revisions; nothing where it has not. */
export async function noteMigration(
  records: StackRecords,
  of: { readonly service: string; readonly release: string },
  { before, after }: SchemaReport,
): Promise<void> {
  if (sameRevisions(before, after)) return;
  await noteEvent(records, { kind: "migrated", ...of, reason: describeMigration(before, after) });
}

/** `from a1 to b2`; an empty database is at `nothing`. */
export function describeMigration(before: readonly string[], after: readonly string[]): string {
  const names = (revisions: readonly string[]) => revisions.join(", ") || "nothing";
  return `from ${names(before)} to ${names(after)}`;
}
