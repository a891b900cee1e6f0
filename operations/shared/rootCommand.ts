import { readFileSync } from "node:fs";
import path from "node:path";
import { Command } from "commander";
import { nearestName } from "../../config/nearestName";
import { packageRoot } from "../../config/project";
import { COMMANDS, commandNames } from "./commandList";

/**
 * `maestro` without a command that it knows: its help, its version, or what the name was most likely meant to be. Each
 * command has its options and its help in its own file; steps of an update are for no one to type, and not listed.
 *
 * @returns the exit code; 2: there is no such command.
 */
export function main(argv: readonly string[]): Promise<number> {
  const [command] = argv;
  if (command === "--version" || command === "-V") {
    console.log(readVersion());
  } else if (command === undefined || ["--help", "-h", "help"].includes(command)) {
    console.log(rootCommand().helpInformation().trimEnd());
  } else {
    console.error(describeUnknown(command));
    return Promise.resolve(2);
  }
  return Promise.resolve(0);
}

function describeUnknown(command: string): string {
  const nearest = nearestName(command, commandNames());
  const remedy =
    nearest === undefined ? "`maestro --help` lists the commands" : `did you mean \`${nearest}\`?`;
  return `${JSON.stringify(command)}: unknown command; ${remedy}`;
}

function rootCommand(): Command {
  const program = new Command("maestro")
    .description("Blue/green releases of container services by stack updates.")
    .usage("<command> [options]")
    .helpCommand("help <command>", "print a command's own options")
    .option("-V, --version", "print the version");
  for (const [group, commands] of Object.entries(COMMANDS)) {
    for (const { name, says } of commands) {
      program.command(name).description(says).helpGroup(group).usage(" ");
    }
  }
  return program;
}

function readVersion(): string {
  const manifest = readFileSync(path.join(packageRoot(), "package.json"), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}
