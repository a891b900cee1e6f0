/** One migration, as the image that has it describes it. */
export interface SchemaRevision {
  readonly revision: string;
  /** Revisions it follows; more than one where two lines of migrations meet. */
  readonly down: readonly string[];
  /** Whether services that know only earlier revisions still work after it (an expansion). */
  readonly compatible: boolean;
}

/** A database as the last migration, or the last look, has left it. */
export interface PresentSchema {
  /** Its revisions; empty: none was ever run. */
  readonly revisions: readonly string[];
  /** All revisions the image knew that was asked last; null: it did not know the present one. */
  readonly known: readonly SchemaRevision[] | null;
  /** Release that was asked. */
  readonly release: string;
  /** ISO 8601, UTC. */
  readonly at: string;
}

/** What the host remembers of schemas: of each service's database, and of each image that was asked. */
export interface SchemaRecords {
  /** Service -> its database. */
  readonly present: Readonly<Record<string, PresentSchema>>;
  /** `<service>@<digest>` -> what that image's migrations are, and what it found and left. */
  readonly images: Readonly<Record<string, ImageSchema>>;
}

/** The schema's part of a release's record: the revision before and after, and the range the image knows. */
export interface ImageSchema {
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly known: readonly string[];
  readonly at: string;
}

export const NO_SCHEMAS: SchemaRecords = { present: {}, images: {} };

/**
 * May a release take the traffic of a database's present schema?
 *
 * - `allow`: it knows the present revision, or all later ones are compatible with it.
 * - `refuse`: a later revision is not compatible: an earlier release would fail on it.
 * - `freeze`: nobody knows the present revision: neither way is safe, so what serves goes on serving.
 */
export type SchemaVerdict =
  | { readonly verdict: "allow" }
  | { readonly verdict: "refuse" | "freeze"; readonly reason: string };

/**
 * @param known revisions that the release's image knows; null: it was never asked, so only its own migration can tell.
 * @param declared revisions that the operator has declared compatible with every release.
 */
export function schemaVerdict(
  present: PresentSchema | undefined,
  known: readonly string[] | null,
  declared: readonly string[] = [],
): SchemaVerdict {
  if (!present) return { verdict: "allow" };
  const own = new Set([...(known ?? []), ...declared]);
  const unknown = present.revisions.filter((revision) => !own.has(revision));
  if (unknown.length === 0) return { verdict: "allow" };
  if (present.known === null) {
    return {
      verdict: "freeze",
      reason: `is at revision ${unknown.join(", ")}, which no release here knows`,
    };
  }
  if (known === null) return { verdict: "allow" };
  return walkBack(unknown, new Map(present.known.map((each) => [each.revision, each])), own);
}

/** Follows revisions back to those the image knows; every one on the way must be compatible. */
function walkBack(
  from: readonly string[],
  present: ReadonlyMap<string, SchemaRevision>,
  own: ReadonlySet<string>,
): SchemaVerdict {
  const pending = [...from];
  const seen = new Set<string>();
  for (let revision = pending.pop(); revision !== undefined; revision = pending.pop()) {
    if (own.has(revision) || seen.has(revision)) continue;
    seen.add(revision);
    const found = present.get(revision);
    if (!found?.compatible) {
      return {
        verdict: "refuse",
        reason:
          `is at revision ${from.join(", ")}; the release does not know ${revision}, which is not marked compatible ` +
          `with earlier ones`,
      };
    }
    pending.push(...found.down);
  }
  return { verdict: "allow" };
}

/** The part of a migration's output that says what it did; null: the command reports nothing. */
export interface SchemaReport {
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly known: readonly SchemaRevision[];
}

const REPORT = "maestro-schema: ";

/** Finds the report that `maestro_core_db.migrations` prints. */
export function parseReport(output: string): SchemaReport | null {
  const line = output
    .split("\n")
    .reverse()
    .find((each) => each.startsWith(REPORT));
  return line === undefined ? null : (JSON.parse(line.slice(REPORT.length)) as SchemaReport);
}

/** How many images' schemas are remembered: more than releases are kept. */
const KEPT_IMAGES = 200;

/** The records after an image has reported. */
export function recordReport(
  records: SchemaRecords,
  of: { readonly service: string; readonly digest: string; readonly release: string },
  report: SchemaReport,
  at: string,
): SchemaRecords {
  const known = report.known.map(({ revision }) => revision);
  const isKnown = report.after.every((revision) => known.includes(revision));
  const before = records.present[of.service];
  const sameAsBefore =
    before !== undefined && [...before.revisions].sort().join() === [...report.after].sort().join();
  // An earlier image that was left in peace knows less than the one that brought the revision.
  const present: PresentSchema =
    !isKnown && sameAsBefore
      ? before
      : { revisions: report.after, known: isKnown ? report.known : null, release: of.release, at };
  const image: ImageSchema = { before: report.before, after: report.after, known, at };
  const key = `${of.service}@${of.digest}`;
  const others = Object.entries(records.images).filter(([name]) => name !== key);
  return {
    present: { ...records.present, [of.service]: present },
    images: Object.fromEntries([...others.slice(1 - KEPT_IMAGES), [key, image]]),
  };
}
