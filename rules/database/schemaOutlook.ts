import { parseAlembic } from "./alembicCommand";
import {
  graphOf,
  lineEnds,
  pendingRevisions,
  resolveTarget,
  withEarlier,
  type HistoryRevision,
} from "./alembicHistory";
import type { PresentSchema } from "./schemaVerdict";

/** What an image would do with its service's database. */
export type SchemaOutlook =
  /** Its revisions up to its target that the database lacks, oldest first; none: nothing to do. */
  | { readonly kind: "pending"; readonly pending: readonly HistoryRevision[] }
  /**
   * The database is at revisions that the image does not know, so Alembic can run nothing there: it is left as it is.
   * `stranded`: what the image brings itself, and would have to run.
   */
  | {
      readonly kind: "later";
      readonly later: readonly string[];
      readonly stranded: readonly string[];
    }
  /** More than one line of revisions ends at the target: Alembic refuses to upgrade to it. */
  | { readonly kind: "several"; readonly ends: readonly HistoryRevision[] }
  /** Only Alembic itself can resolve the target. */
  | { readonly kind: "untold"; readonly target: string };

/**
 * Says what a service's migration will do, as far as records and the image's history tell. Every step around a
 * migration asks this first, so that none of them demands more of an image than the migration itself does.
 *
 * @param present the database as the host remembers it; undefined: nothing is known of it.
 * @param declared revisions that the operator has declared compatible with every release.
 */
export function schemaOutlook(
  present: PresentSchema | undefined,
  history: readonly HistoryRevision[],
  target: string,
  declared: readonly string[] = [],
): SchemaOutlook {
  const at = present?.revisions ?? [];
  const graph = graphOf(history);
  const later = at.filter((revision) => !graph.has(revision));
  const goal = resolveTarget(history, target);
  if (later.length > 0) {
    const wanted = goal && "revisions" in goal ? withEarlier(graph, goal.revisions) : [];
    return { kind: "later", later, stranded: strandedRevisions(present, [...wanted], declared) };
  }
  if (goal === null) return { kind: "untold", target };
  if ("several" in goal) {
    const ends = history.filter(({ revision }) => goal.several.includes(revision));
    return { kind: "several", ends };
  }
  return { kind: "pending", pending: pendingRevisions(history, at, goal.revisions) };
}

/**
 * Revisions that an image wants and a database lacks, where the database is at one that the image does not know: Alembic
 * can run none of them there. Empty where the records do not tell what the database has run.
 */
export function strandedRevisions(
  present: PresentSchema | undefined,
  wanted: readonly string[],
  declared: readonly string[] = [],
): string[] {
  if (!present?.known) return [];
  const graph = new Map(present.known.map(({ revision, down }) => [revision, down]));
  if (!present.revisions.every((revision) => graph.has(revision))) return [];
  const done = withEarlier(graph, present.revisions);
  return wanted.filter((revision) => !done.has(revision) && !declared.includes(revision));
}

/** Whether a command leads to all that its image knows. */
export function leadsToEnd(command: readonly string[]): boolean {
  const target = parseAlembic(command)?.target;
  return target === "head" || target === "heads";
}

/**
 * The one revision to go down to before an image can work with a database: the newest of its own that was run there;
 * null: there is none, or more than one.
 */
export function commonRevision(
  present: PresentSchema | undefined,
  known: readonly string[],
): string | null {
  if (!present?.known) return null;
  const graph = new Map(present.known.map(({ revision, down }) => [revision, down]));
  const done = withEarlier(graph, present.revisions);
  const common = present.known.filter(
    ({ revision }) => done.has(revision) && known.includes(revision),
  );
  const ends = lineEnds(
    common.map(({ revision, down }) => ({ revision, down, needs: [], labels: [], message: "" })),
  );
  return ends.length === 1 ? ends[0]! : null;
}
