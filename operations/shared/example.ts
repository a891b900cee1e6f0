import type { Command } from "commander";

/** Adds calls that work to a command's help, each a line: `restart --stack demo`. */
export function addExample(command: Command, ...calls: readonly string[]): Command {
  const lines = calls.map((call) => `  maestro ${call}`).join("\n");
  return command.addHelpText("after", `\nExample${calls.length > 1 ? "s" : ""}:\n${lines}`);
}
