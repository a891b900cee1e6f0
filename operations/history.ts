import { Command } from "commander";
import { withHost } from "../host/connectHost";
import { HostDirectory } from "../host/hostDirectory";
import { describeRelease, summarizeRelease, type ReleaseStory } from "../release/releaseStory";
import { exportEvents, type ExportOptions } from "./history/exportEvents";
import { pruneEvents, type PruneOptions } from "./history/prune";
import { verifyEvents, type VerifyOptions } from "./history/verify";
import { readStackSettings } from "./shared/stackFile";
import { addSubcommand } from "./shared/subcommand";

interface Options {
  readonly stack: string;
  readonly json?: boolean;
}

/** `history`: all that is on record of one release; and the record itself, for who has to trust it or to keep it. */
export async function main(argv: string[]): Promise<number> {
  let code = 0;
  const program = new Command("history").description(
    "Shows what became of a release; checks, exports and shortens the record of all that has happened to a stack.",
  );
  addSubcommand(program, "show", "Shows a release, by its id.")
    .argument("<release>", "id of the release, or how it begins")
    .action(async (release: string, options: Options) => {
      const story = await readStory(release, options);
      if (options.json) console.log(JSON.stringify(story, null, 2));
      else describeRelease(story).forEach((line) => console.log(line));
    });
  const machine = [
    "--machine",
    "of this machine: commands that no stack's host has heard of",
  ] as const;
  addSubcommand(
    program,
    "verify",
    "Says whether an event was changed or is gone, and which is the first.",
  )
    .option("--noted <number:hash>", "the last event as `verify` gave it before")
    .option(...machine)
    .action(async (options: VerifyOptions) => {
      code = await verifyEvents(options);
    });
  addSubcommand(program, "export", "Prints the events for programs, a line of JSON each.")
    .option("--since <period>", "from then on: 90d, 12w, 36h, or a day (default: all)")
    .option("--cloudtrail", "print records with the fields of AWS CloudTrail")
    .option(...machine)
    .action((options: ExportOptions) => exportEvents(options));
  addSubcommand(program, "prune", "Takes old events out of the record; the chain goes on.")
    .option("--older-than <days>", "at least as many as access.yaml keeps them (default: 400d)")
    .option("--preview", "only say how many")
    .action((options: PruneOptions) => pruneEvents(options));
  await program.parseAsync(argv, { from: "user" });
  return code;
}

function readStory(begin: string, { stack }: Options): Promise<ReleaseStory> {
  const { host: address, directory } = readStackSettings(stack);
  return withHost(address, async (host) => {
    const { records } = new HostDirectory(host, directory);
    const events = await records.events.list();
    const known = [...new Set(events.flatMap(({ release }) => release ?? []))];
    const found = known.filter((id) => id.startsWith(begin));
    const [id] = found;
    if (id === undefined || found.length > 1) {
      const last = known.slice(-10).reverse().join(", ");
      throw new Error(
        found.length > 1
          ? `${begin}: is the beginning of ${found.join(", ")}; name one of them`
          : `${begin}: no event of ${stack} tells of such a release; the last ones are ${last || "none"}`,
      );
    }
    return summarizeRelease(id, events, {
      record: await records.readRelease(id),
      rejection: await records.readRejection(id),
      traffic: await records.readTraffic(id),
    });
  });
}
