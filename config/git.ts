import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";

/** What git printed; `null`: the directory is in no work tree, or nothing was committed there yet. */
export type GitAnswer =
  | { readonly output: string | null }
  /** Git was not able or not willing to say, and what to do. */
  | { readonly problem: string };

/** Asks git about a directory. That it refuses is told apart from "no work tree": the one is a mistake, the other is not. */
export function askGit(directory: string, args: readonly string[]): GitAnswer {
  const { error, status, stdout, stderr } = spawnSync("git", args, {
    cwd: directory,
    encoding: "utf8",
    env: { ...process.env, LC_ALL: "C" },
  });
  if (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? error.message;
    if (!hasWorkTree(directory)) return { output: null };
    return { problem: `git cannot be run in ${path.resolve(directory)} (${reason}); install git` };
  }
  if (status === 0) return { output: stdout.trim() };
  if (/not a git repository|unknown revision|Needed a single revision/.test(stderr)) {
    return { output: null };
  }
  // Another user owns the work tree, as in many containers and CI jobs.
  const refused = /dubious ownership in repository at '([^']+)'/.exec(stderr)?.[1];
  const [line = ""] = stderr.trim().split("\n");
  return {
    problem: refused
      ? `git refuses ${refused}, which belongs to another user; run \`git config --global --add safe.directory ${refused}\``
      : `git fails in ${path.resolve(directory)} (${line.replace(/^fatal: /, "")}); mend the work tree`,
  };
}

function hasWorkTree(directory: string): boolean {
  const full = path.resolve(directory);
  const parent = path.dirname(full);
  return existsSync(path.join(full, ".git")) || (parent !== full && hasWorkTree(parent));
}
