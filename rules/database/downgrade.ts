import {
  describeRevisions,
  findRevision,
  graphOf,
  withEarlier,
  type HistoryRevision,
} from "./alembicHistory";

/** The revision before the first one. */
export const BASE_REVISION = "base";

/** A way down: what `alembic downgrade <to>` undoes, and where it leaves the database. */
export interface Downgrade {
  readonly to: string;
  /** Newest first. */
  readonly undone: readonly HistoryRevision[];
  /** Revisions the database is at afterwards; empty: none. */
  readonly after: readonly string[];
}

/** How far down: to a revision, or by a number of them. */
export type DowngradeWish = { readonly to: string } | { readonly steps: number };

/** How many ways are named where the wish was not clear. */
const NAMED_WAYS = 8;
const MOST_WAYS = 20;

/**
 * Finds out what going down means before anything is undone.
 *
 * @param history what the image knows, newest first.
 * @param present revisions the database is at; the image knows them all.
 * @throws Error when the wish names no revision that was run, or more than one way: it lists the ways there are.
 */
export function planDowngrade(
  history: readonly HistoryRevision[],
  present: readonly string[],
  wish: DowngradeWish,
): Downgrade {
  if (present.length === 0)
    throw new Error("its database is at no revision, so none can be undone");
  return "to" in wish
    ? wayTo(history, present, namedTarget(history, present, wish.to))
    : wayTo(history, present, stepsDown(history, present, wish.steps));
}

/** What `alembic downgrade` undoes: all that was run and follows the target, and what of other lines needs that. */
function wayTo(
  history: readonly HistoryRevision[],
  present: readonly string[],
  to: string,
): Downgrade {
  const graph = graphOf(history);
  const done = withEarlier(graph, present);
  const run = history.filter(({ revision }) => done.has(revision));
  const next = run.filter(({ down }) => down.includes(to)).map(({ revision }) => revision);
  const undone = run.filter(({ revision }) => {
    if (to === BASE_REVISION) return true;
    const before = withEarlier(graph, [revision]);
    return next.some((each) => before.has(each));
  });
  const left = run.filter((each) => !undone.includes(each));
  const followed = new Set(left.flatMap(({ down, needs }) => [...down, ...needs]));
  const after = left.map(({ revision }) => revision).filter((each) => !followed.has(each));
  return { to, undone, after };
}

function namedTarget(
  history: readonly HistoryRevision[],
  present: readonly string[],
  name: string,
): string {
  if (name === BASE_REVISION) return name;
  const revision = findRevision(history, name);
  const run = withEarlier(graphOf(history), present);
  if (revision === null || !run.has(revision)) {
    const why = revision === null ? "is no revision of its image" : "was not run on its database";
    throw new Error(`--to: ${name} ${why}; ${choices(history, present)}`);
  }
  if (wayTo(history, present, revision).undone.length === 0) {
    throw new Error(
      `--to: its database is at ${revision} already, so nothing would be undone; ${choices(history, present)}`,
    );
  }
  return revision;
}

function stepsDown(
  history: readonly HistoryRevision[],
  present: readonly string[],
  steps: number,
): string {
  const byName = new Map(history.map((each) => [each.revision, each]));
  let at = present;
  for (let step = 0; step < steps; step++) {
    if (at.length > 1) {
      const where =
        step === 0 ? `is at ${at.join(" and ")}` : `has two ways down from ${joined(at)}`;
      throw new Error(
        `-n ${steps}: its database ${where}, so the number does not say which revisions to undo; ` +
          choices(history, present),
      );
    }
    const [revision] = at;
    if (revision === undefined) {
      throw new Error(`-n ${steps}: only ${step} were run; ${choices(history, present)}`);
    }
    at = byName.get(revision)?.down ?? [];
  }
  if (at.length > 1) {
    throw new Error(
      `-n ${steps}: what would be undone is a merge of ${joined(at)}, so the number does not say where to; ` +
        choices(history, present),
    );
  }
  return at[0] ?? BASE_REVISION;
}

const joined = (revisions: readonly string[]) => revisions.join(" and ");

/** The ways down, nearest first. */
function choices(history: readonly HistoryRevision[], present: readonly string[]): string {
  const run = withEarlier(graphOf(history), present);
  const names = history.map(({ revision }) => revision).filter((each) => run.has(each));
  // A long history has too many ways to work them all out, and the nearest ones are the newest.
  const ways = [...names.slice(0, MOST_WAYS), BASE_REVISION]
    .map((to) => wayTo(history, present, to))
    .filter(({ undone }) => undone.length > 0)
    .sort((a, b) => a.undone.length - b.undone.length);
  const lines = ways
    .slice(0, NAMED_WAYS)
    .map(({ to, undone }) => `\n  --to ${to}: undoes ${describeSome(undone)}`);
  const isMore = ways.length > NAMED_WAYS || names.length > MOST_WAYS;
  return `choose one of:${lines.join("")}${isMore ? "\n  or an earlier revision" : ""}`;
}

function describeSome(revisions: readonly HistoryRevision[]): string {
  const more = revisions.length - NAMED_WAYS;
  const some = describeRevisions(revisions.slice(0, NAMED_WAYS));
  return more > 0 ? `${some} and ${more} more` : some;
}
