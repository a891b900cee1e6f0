import type { Command } from "commander";
import { roleFor } from "../../rules/access/commandRoles";
import { addReason, beginChange, type ChangeOptions } from "./beginChange";
import { examplesOf } from "./examples";
import { DEFAULT_STACK } from "./stackFile";

/**
 * Adds a subcommand that concerns one stack and can print JSON, as all such commands do. One that changes something is
 * refused to who may not, and is put on record, before it begins.
 *
 * @param says first line of its help.
 * @param stack what `--stack` is for.
 * @param isDefault whether it is meant where no subcommand is named.
 */
export function addSubcommand(
  program: Command,
  name: string,
  says: string,
  stack = "stack to look at",
  isDefault = false,
): Command {
  const command = program
    .command(name, { isDefault })
    .description(says)
    .option("--stack <name>", stack, DEFAULT_STACK)
    .option("--json", "print JSON");
  const full = `${program.name()} ${command.name()}`;
  command.addHelpText("after", examplesOf(full));
  if (program.commands.length === 1) program.addHelpText("after", examplesOf(full));
  if (roleFor(full) === "viewer") return command;
  return addReason(command).hook("preAction", (_program, action) =>
    beginChange(full, action.opts<ChangeOptions>()),
  );
}
