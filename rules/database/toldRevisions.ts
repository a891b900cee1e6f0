import { withEarlier } from "./alembicHistory";
import type { PresentSchema } from "./schemaVerdict";
import type { SchemaRevision } from "./schemaReport";

/** A variable of the environment holds 128 kB (Linux's MAX_ARG_STRLEN). */
const MOST_BYTES = 100_000;

/**
 * What an image is told of the revisions that brought its database where it is, as JSON in a variable: it walks back
 * from there to one that it knows, and each on the way must be compatible.
 *
 * A history too long for a variable is walked here, up to what the image is known to have: it is told where the walk
 * ends.
 *
 * @param known revisions that the image is known to have; undefined: nobody has asked it.
 * @param declared revisions that the operator has declared compatible with every release.
 */
export function toldRevisions(
  present: PresentSchema | undefined,
  known: readonly string[] | undefined,
  declared: readonly string[] = [],
): string {
  const revisions = present?.known ?? [];
  const all = JSON.stringify(revisions);
  if (Buffer.byteLength(all) <= MOST_BYTES || !present) return all;
  if (known === undefined) return JSON.stringify(newest(revisions));
  return JSON.stringify(shortcuts(present.revisions, revisions, new Set([...known, ...declared])));
}

/** As many as a variable holds, the newest first. */
function newest(revisions: readonly SchemaRevision[]): SchemaRevision[] {
  let bytes = 2;
  return revisions.filter((each) => {
    bytes += Buffer.byteLength(JSON.stringify(each)) + 1;
    return bytes <= MOST_BYTES;
  });
}

/** Each present revision followed at once by what is not compatible, or else by what the image knows. */
function shortcuts(
  present: readonly string[],
  revisions: readonly SchemaRevision[],
  own: ReadonlySet<string>,
): SchemaRevision[] {
  const byName = new Map(revisions.map((each) => [each.revision, each]));
  const unknown = new Map(
    revisions.map(({ revision, down }) => [revision, own.has(revision) ? [] : down]),
  );
  return present.flatMap((revision) => {
    const found = byName.get(revision);
    if (!found || own.has(revision)) return [];
    const way = [...withEarlier(unknown, [revision])];
    const bad = way.find((each) => !own.has(each) && byName.get(each)?.compatible === false);
    if (bad === undefined) return [{ ...found, down: way.filter((each) => own.has(each)) }];
    return bad === revision ? [found] : [{ ...found, down: [bad] }, byName.get(bad)!];
  });
}
