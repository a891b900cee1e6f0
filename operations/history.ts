import { Command } from "commander";
import { withHost } from "../host/connectHost";
import { HostDirectory } from "../host/hostDirectory";
import { describeRelease, summarizeRelease, type ReleaseStory } from "../release/releaseStory";
import { readStackSettings } from "./shared/stackFile";
import { addSubcommand } from "./shared/subcommand";

interface Options {
  readonly stack: string;
  readonly json?: boolean;
}

/** `history`: all that is on record of one release. */
export async function main(argv: string[]): Promise<number> {
  const program = new Command("history").description(
    "Shows what became of a release: who placed it, what users got, and how long each part took.",
  );
  addSubcommand(program, "show", "Shows a release, by its id.")
    .argument("<release>", "id of the release, or how it begins")
    .action(async (release: string, options: Options) => {
      const story = await readStory(release, options);
      if (options.json) console.log(JSON.stringify(story, null, 2));
      else describeRelease(story).forEach((line) => console.log(line));
    });
  await program.parseAsync(argv, { from: "user" });
  return 0;
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
