import { execFileSync } from "node:child_process";
import { hostname, userInfo } from "node:os";
import { plainText } from "../release/plainText";
import type { ChangeOrigin } from "../release/history";

/** Who makes this update, when, and from which commit; for the history. */
export function changeOrigin(): ChangeOrigin {
  return {
    at: new Date().toISOString(),
    by: plainText(
      process.env["MAESTRO_DEPLOYER"] ??
        process.env["GITHUB_ACTOR"] ??
        `${userInfo().username}@${hostname()}`,
      100,
    ),
    commit: currentCommit(),
  };
}

function currentCommit(): string | null {
  try {
    return execFileSync("git", ["rev-parse", "HEAD"], { stdio: ["ignore", "pipe", "ignore"] })
      .toString()
      .trim();
  } catch {
    // Not a git checkout, or no git: the history then has no commit.
    return null;
  }
}
