import { hostname } from "node:os";
import { askGit } from "./git";
import { osUser } from "./osUser";
import { instanceRoot } from "./project";
import { plainText } from "../rules/plainText";
import type { ChangeOrigin } from "../release/history";

/**
 * Who makes this update, when, and from which commit; for the history.
 *
 * @param warn hears why git does not say which commit it is.
 */
export function changeOrigin(warn: (text: string) => void): ChangeOrigin {
  return {
    at: new Date().toISOString(),
    by: deployerName(),
    commit: currentCommit(warn),
  };
}

/** Who makes this change, as the environment says it, else the user of this machine. */
export function deployerName(): string {
  const { MAESTRO_DEPLOYER, GITHUB_ACTOR } = process.env;
  return plainText(MAESTRO_DEPLOYER ?? GITHUB_ACTOR ?? `${osUser().name}@${hostname()}`, 100);
}

/** Null outside a git work tree: the history then has no commit. */
function currentCommit(warn: (text: string) => void): string | null {
  const answer = askGit(instanceRoot(), ["rev-parse", "HEAD"]);
  if ("output" in answer) return answer.output;
  warn(`the history has no commit of this change: ${answer.problem}`);
  return null;
}
