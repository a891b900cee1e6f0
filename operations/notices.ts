import { Command } from "commander";
import { instanceRoot, stackPrefix } from "../config/project";
import { withHost } from "../host/connectHost";
import { HostDirectory } from "../host/hostDirectory";
import { openListener } from "../listeners/openListener";
import type { ChannelSettings } from "../rules/notices/channels";
import type { Notice } from "../rules/notices/notice";
import { sendNotices } from "../steps/sendNotices";
import { readStackSettings } from "./shared/stackFile";
import { addSubcommand } from "./shared/subcommand";

interface Options {
  readonly stack: string;
  readonly json?: boolean;
}

/** What came of a notice to a channel; null: it arrived. */
interface Result {
  readonly channel: string;
  readonly title: string;
  readonly failure: string | null;
}

/** `notices`: tries the channels that are told what happens to a stack, and sends what is left. */
export async function main(argv: string[]): Promise<number> {
  let code = 0;
  const program = new Command("notices").description(
    "Tries the channels that are told what happens to a stack.",
  );
  const add = (name: string, says: string, act: (options: Options) => Promise<Result[]>) =>
    addSubcommand(program, name, says).action(async (options: Options) => {
      const results = await act(options);
      code = results.some(({ failure }) => failure !== null) ? 1 : 0;
      if (options.json) console.log(JSON.stringify(results, null, 2));
      else results.forEach((result) => console.log(describe(result)));
    });
  add("test", "Sends one notice to each channel, and says what came of it.", tryChannels);
  add("send", "Sends what a deployer did not get to.", sendLeft);
  await program.parseAsync(argv, { from: "user" });
  return code;
}

function describe({ channel, title, failure }: Result): string {
  return `${channel}: ${failure === null ? `was told "${title}"` : `was not told: ${failure}`}`;
}

function requireChannels(stack: string): readonly ChannelSettings[] {
  const { notices } = readStackSettings(stack);
  if (notices) return notices;
  throw new Error(`${stack}: tells nobody; name channels in maestro:notices.channels`);
}

function tryChannels({ stack }: Options): Promise<Result[]> {
  const notice: Notice = {
    ...{ number: 0, kind: "test", stack, source: stackPrefix(stack) },
    ...{ release: "none", color: null, severity: "info" },
    title: `${stack}: a test of this channel`,
    reason: "sent by `maestro notices test`; nothing has happened",
    ...{ by: "maestro", commit: null, at: new Date().toISOString() },
  };
  return Promise.all(
    requireChannels(stack).map(async (channel) => {
      const failure = await openListener(channel, instanceRoot())
        .then((listener) => listener.tell(notice))
        .then(
          () => null,
          (error: unknown) => (error as Error).message,
        );
      return { channel: channel.name, title: notice.title, failure };
    }),
  );
}

function lastEvent(stack: string): Promise<number> {
  const { host: address, directory } = readStackSettings(stack);
  return withHost(address, async (host) => {
    const head = await new HostDirectory(host, directory).records.events.head();
    return head ? head.number : 0;
  });
}

async function sendLeft({ stack }: Options): Promise<Result[]> {
  const channels = requireChannels(stack);
  const { host, directory } = readStackSettings(stack);
  const told = await sendNotices({
    ...{ prefix: stackPrefix(stack), directory, ...(host ? { host } : {}) },
    notices: { stack, channels },
    // Where nothing was sent before, what has happened until now is no news.
    from: (await lastEvent(stack)) + 1,
  });
  if (told === null) throw new Error(`${stack}: another program sends them just now; try again`);
  if (told.length === 0) console.error("there is nothing left to send");
  return told.map(({ channel, notice, failure }) => ({ channel, title: notice.title, failure }));
}
