import { askGit } from "../../config/git";
import { instanceRoot } from "../../config/project";
import type { Deployment } from "../../rules/analytics/deployments";
import type { Commit } from "../../rules/analytics/doraFigures";

/**
 * The commits that deployments have brought, by the project's git repository: those of its directory between the commit
 * that served and the new one, merges left out. Times are committers', so a squashed branch counts from its merge on.
 *
 * @param since deployments before it are not asked about: each costs a look at git.
 * @returns release -> commits; a release whose commits are not there, such as rebased ones, is left out.
 * @throws Error in a shallow clone, which would make changes look younger than they are.
 */
export function readCommits(
  deployments: readonly Deployment[],
  since: Date,
  root = instanceRoot(),
): Map<string, readonly Commit[]> {
  const answer = askGit(root, ["rev-parse", "--is-shallow-repository"]);
  if ("problem" in answer) throw new Error(answer.problem);
  if (answer.output === "true") {
    throw new Error(
      `${root}: is a shallow clone, which does not have the commits of earlier releases; run \`git fetch --unshallow\`, ` +
        "in GitHub Actions check out with `fetch-depth: 0`",
    );
  }
  const known = new Map<string, readonly Commit[]>();
  for (const { release, at, from, commit } of deployments) {
    if (at < since.toISOString()) continue;
    const commits = from !== null && commit !== null ? commitsBetween(root, from, commit) : null;
    if (commits) known.set(release, commits);
  }
  return known;
}

/** Null: the repository does not have them. */
function commitsBetween(root: string, from: string, to: string): Commit[] | null {
  const answer = askGit(root, [
    "log",
    "--no-merges",
    "--format=%ct %s",
    `${from}..${to}`,
    "--",
    ".",
  ]);
  if ("problem" in answer || answer.output === null) return null;
  return answer.output
    .split("\n")
    .filter(Boolean)
    .map((line) => {
      const space = line.indexOf(" ");
      return { at: Number(line.slice(0, space)), subject: line.slice(space + 1) };
    });
}
