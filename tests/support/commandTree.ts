import path from "node:path";
import { Command } from "commander";
import { packageRoot } from "../../config/project";
import { commandNames } from "../../operations/shared/commandList";

type Main = (argv: string[]) => Promise<unknown>;

/** What runs a command, by its name. */
export function mainOf(name: string): Main {
  const file = name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- as bin/maestro.js does, by name
  return (require(path.join(packageRoot(), "operations", `${file}.ts`)) as { main: Main }).main;
}

/** A command with its subcommands, as it has given them to commander. */
export async function readProgram(name: string): Promise<Command> {
  const read: Command[] = [];
  const stop = function (this: Command): never {
    read.push(this);
    throw new Error("read");
  };
  jest.spyOn(console, "log").mockReturnValue();
  const spies = [
    jest.spyOn(Command.prototype, "parse").mockImplementation(stop),
    jest.spyOn(Command.prototype, "parseAsync").mockImplementation(stop),
  ];
  await mainOf(name)([]).catch(() => undefined);
  spies.forEach((spy) => spy.mockRestore());
  // `completion` reads its arguments by itself, and changes nothing.
  return read[0] ?? new Command(name);
}

/** All commands for people, with their subcommands, by their whole names. */
export async function readCommands(): Promise<Map<string, Command>> {
  const found = new Map<string, Command>();
  for (const name of commandNames()) {
    const program = await readProgram(name);
    if (program.commands.length === 0) found.set(name, program);
    for (const command of program.commands) found.set(`${name} ${command.name()}`, command);
  }
  return found;
}
