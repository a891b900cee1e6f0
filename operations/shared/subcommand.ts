import type { Command } from "commander";
import { DEFAULT_STACK } from "./stackFile";

/**
 * Adds a subcommand that concerns one stack and can print JSON, as all such commands do.
 *
 * @param says first line of its help.
 * @param stack what `--stack` is for.
 */
export function addSubcommand(
  program: Command,
  name: string,
  says: string,
  stack = "stack to look at",
): Command {
  return program
    .command(name)
    .description(says)
    .option("--stack <name>", stack, DEFAULT_STACK)
    .option("--json", "print JSON");
}
