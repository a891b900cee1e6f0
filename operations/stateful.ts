import { Command } from "commander";
import { withHost } from "../host/connectHost";
import { readStackSettings } from "./shared/stackFile";
import { addSubcommand } from "./shared/subcommand";
import { lookAtStatefulServices } from "./stateful/look";
import { showStateful } from "./stateful/show";
import type { ChangeOptions } from "./stateful/change";

/** `stateful`: services with data of their own, which no release touches. */
export async function main(argv: string[]): Promise<number> {
  let code = 0;
  const program = new Command("stateful").description(
    "Lists services with data of their own, and updates them on purpose, with a backup before.",
  );
  addSubcommand(program, "list", "Those there are, and what waits.").action(list);
  addSubcommand(
    program,
    "update <service>",
    "Takes a backup, and has it run on a copy of its data as the stack wants it.",
    "stack that it is of",
  )
    .option("--preview", "only show what would be done")
    .action(async (service: string, options: ChangeOptions) => {
      code = await (await import("./stateful/change")).updateStateful(service, options);
    });
  addSubcommand(
    program,
    "remove <service>",
    "Takes one away that the stack names no more; its data stay.",
    "stack that it is of",
  ).action(async (service: string, options: ChangeOptions) => {
    code = await (await import("./stateful/change")).removeStateful(service, options);
  });
  await program.parseAsync(argv, { from: "user" });
  return code;
}

async function list({ stack, json }: ChangeOptions): Promise<void> {
  const settings = readStackSettings(stack);
  const found = await withHost(settings.host, (host) =>
    lookAtStatefulServices(host, stack, settings),
  );
  if (json) console.log(JSON.stringify(found));
  else console.log(found.flatMap(showStateful).join("\n") || "there is no stateful service");
}
