import execa from "execa";
import { finish, type RunResult } from "./runResult";
import type { TestStack } from "./testStack";

/**
 * One of the program's operations as another user of the machine: what the operating system says of it is that user. It may
 * read and write what only root may, since a checkout may lie where nobody else gets to; who it is stays the same.
 *
 * @param user one that every Debian has, such as `daemon`.
 * @param operation with its arguments, all but the stack.
 */
export function runAs(
  user: string,
  stack: TestStack,
  operation: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<RunResult> {
  const may = ["--inh-caps", "+dac_override,+fowner", "--ambient-caps", "+dac_override,+fowner"];
  const command = ["node", "bin/maestro.js", ...operation, "--stack", stack.name];
  const child = execa("setpriv", ["--reuid", user, "--clear-groups", ...may, ...command], {
    cwd: stack.project.root,
    env: { ...stack.environment, ...environment },
    extendEnv: false,
    all: true,
    reject: false,
    stdin: "ignore",
  });
  return finish(child);
}
