/** One revision of an image. */
export interface HistoryRevision {
  readonly revision: string;
  /** Revisions it follows; more than one where lines meet (a merge). */
  readonly down: readonly string[];
  /** Revisions of other lines that it needs (`depends_on`). */
  readonly needs: readonly string[];
  /** Names of the branches it is on. */
  readonly labels: readonly string[];
  /** The first line of what it says it does. */
  readonly message: string;
}

/** Revision -> those right before it. */
export type RevisionGraph = ReadonlyMap<string, readonly string[]>;

const BASE = "<base>";

/** Reads what `alembic history --verbose` prints, newest first. */
export function parseHistory(output: string): HistoryRevision[] {
  const revisions: (HistoryRevision & { needs: string[] })[] = [];
  for (const block of output.split(/^(?=Rev: )/m)) {
    const revision = /^Rev: (\S+)/.exec(block)?.[1];
    if (revision === undefined) continue;
    const names = (title: string) =>
      (new RegExp(`^${title}: (.*)$`, "m").exec(block)?.[1] ?? "")
        .split(", ")
        .filter((name) => name !== "" && name !== BASE);
    const message = /^ {4}(\S.*)$/m.exec(block)?.[1]?.trim() ?? "";
    const down = names("(?:Parent|Merges)");
    revisions.push({
      revision,
      down,
      needs: names("Also depends on"),
      labels: names("Branch names"),
      message: message.startsWith("Revision ID:") ? "" : message,
    });
  }
  // What a revision needs may be named by a label, or by its first characters.
  return revisions.map((each) => ({
    ...each,
    needs: each.needs.flatMap((name) => namedBy(revisions, name)),
  }));
}

function namedBy(history: readonly HistoryRevision[], name: string): string[] {
  if (history.some(({ revision }) => revision === name)) return [name];
  const labelled = history.filter(({ labels }) => labels.includes(name));
  if (labelled.length > 0) return lineEnds(labelled);
  return history.map(({ revision }) => revision).filter((revision) => revision.startsWith(name));
}

/** The graph of a history: what follows what, other lines' needs included. */
export function graphOf(history: readonly HistoryRevision[]): RevisionGraph {
  return new Map(history.map(({ revision, down, needs }) => [revision, [...down, ...needs]]));
}

/** These revisions and all before them: what a database at `from` has run. */
export function withEarlier(graph: RevisionGraph, from: readonly string[]): Set<string> {
  const found = new Set<string>();
  const left = [...from];
  for (let revision = left.pop(); revision !== undefined; revision = left.pop()) {
    if (found.has(revision)) continue;
    found.add(revision);
    left.push(...(graph.get(revision) ?? []));
  }
  return found;
}

/** Revisions where a line ends: no other one follows them. What others only need still ends its own line. */
export function lineEnds(history: readonly HistoryRevision[]): string[] {
  const followed = new Set(history.flatMap(({ down }) => down));
  return history.map(({ revision }) => revision).filter((each) => !followed.has(each));
}

/** What a target of `alembic upgrade` means. `several`: Alembic refuses it, since more than one line ends there. */
export type UpgradeTarget =
  { readonly revisions: readonly string[] } | { readonly several: readonly string[] };

/** Resolves a target as Alembic does; null: that only Alembic can (`+1`, or what the image does not know). */
export function resolveTarget(
  history: readonly HistoryRevision[],
  target: string,
): UpgradeTarget | null {
  const [name, label] = target.split("@").reverse() as [string, string?];
  const line = label === undefined ? history : onBranch(history, label);
  if (name === "heads") return { revisions: lineEnds(line) };
  if (name === "head") {
    const ends = lineEnds(line);
    return ends.length > 1 ? { several: ends } : { revisions: ends };
  }
  const found = findRevision(line, name);
  return found === null ? null : { revisions: [found] };
}

/** Revisions of a branch. A merge belongs to all the branches that it joins. */
function onBranch(history: readonly HistoryRevision[], label: string): HistoryRevision[] {
  return history.filter(({ revision, labels }) => labels.includes(label) || revision === label);
}

/** The revision that a name or the first characters of one mean; null: none, or more than one. */
export function findRevision(history: readonly HistoryRevision[], name: string): string | null {
  const names = history.map(({ revision }) => revision);
  if (names.includes(name)) return name;
  const found = name === "" ? [] : names.filter((each) => each.startsWith(name));
  return found.length === 1 ? found[0]! : null;
}

/** Revisions up to a target that a database at `present` would still get, oldest first. */
export function pendingRevisions(
  history: readonly HistoryRevision[],
  present: readonly string[],
  target: readonly string[] = lineEnds(history),
): HistoryRevision[] {
  const graph = graphOf(history);
  const done = withEarlier(graph, present);
  const wanted = withEarlier(graph, target);
  return history.filter(({ revision }) => wanted.has(revision) && !done.has(revision)).reverse();
}

/** `0002 (title beside name)`, as a person wants to see revisions. */
export function describeRevisions(revisions: readonly HistoryRevision[]): string {
  return revisions
    .map(({ revision, message }) => (message ? `${revision} (${message})` : revision))
    .join(", ");
}
