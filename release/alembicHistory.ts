/** A line of `alembic history`: one revision of an image. */
export interface HistoryRevision {
  readonly revision: string;
  readonly down: readonly string[];
  readonly message: string;
}

const LINE = /^(.+?) -> (\S+?)((?: \([a-z ]+\))*), ?(.*)$/;

/** Reads what `alembic history` prints, newest first; other lines are left out. */
export function parseHistory(output: string): HistoryRevision[] {
  return output.split("\n").flatMap((line) => {
    const [, from = "", revision, , message = ""] = LINE.exec(line.trim()) ?? [];
    if (revision === undefined) return [];
    const down = from
      .replace(/ \([a-z ]+\)/g, "")
      .split(", ")
      .filter((each) => each !== "<base>");
    return [{ revision, down, message }];
  });
}

/** Revisions that a database at `present` would still get, oldest first. */
export function pendingRevisions(
  history: readonly HistoryRevision[],
  present: readonly string[],
): HistoryRevision[] {
  const byName = new Map(history.map((each) => [each.revision, each]));
  const done = new Set<string>();
  const left = [...present];
  for (let revision = left.pop(); revision !== undefined; revision = left.pop()) {
    if (done.has(revision)) continue;
    done.add(revision);
    left.push(...(byName.get(revision)?.down ?? []));
  }
  return history.filter(({ revision }) => !done.has(revision)).reverse();
}
