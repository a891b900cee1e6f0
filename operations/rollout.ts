import { Command } from "commander";
import { changeOrigin } from "../config/changeOrigin";
import { stackPrefix } from "../config/project";
import { withHost } from "../host/connectHost";
import { HostDirectory } from "../host/hostDirectory";
import { isShared, type CanaryRecord, type CanaryWish } from "../release/canary";
import { otherColor } from "../release/release";
import { startNotices } from "../steps/shared/startNotices";
import { abortCanary } from "./shared/abortCanary";
import { readStackSettings } from "./shared/stackFile";
import { addSubcommand } from "./shared/subcommand";

interface Options {
  readonly stack: string;
  readonly json?: boolean;
}

/** Where a canary is; null: there is none. */
interface CanaryStatus extends CanaryRecord {
  /** What an operator wants of it; null: nothing. */
  readonly wish: CanaryWish | null;
  /** What all other clients get, or would get after an abort; null: nothing. */
  readonly others: string | null;
  /** Whether the release gets all clients already, and the watch of the last step is not over. */
  readonly isLast: boolean;
  /** Percentage of clients by the edge's own files. */
  readonly aside: number;
}

/** `rollout`: shows and steers a canary, from any machine that reaches the host. */
export async function main(argv: string[]): Promise<number> {
  let code = 0;
  const program = new Command("rollout").description(
    "Shows and steers a release that gets its clients share by share.",
  );
  const add = (name: string, says: string, act: (options: Options) => Promise<number>) =>
    addSubcommand(program, name, says).action(async (options: Options) => {
      code = await act(options);
    });
  add("status", "Shows which share of the clients a release gets.", showStatus);
  add("pause", "Has the canary stay at its share; it is watched on.", (options) =>
    wish(options, "pause"),
  );
  add("resume", "Has it go on.", resume);
  add("promote", "Gives the release all clients, without the steps between.", (options) =>
    wish(options, "promote"),
  );
  add("abort", "Gives all clients the release before, at once.", abort);
  await program.parseAsync(argv, { from: "user" });
  return code;
}

function onHost<T>({ stack }: Options, use: (directory: HostDirectory) => Promise<T>): Promise<T> {
  const { host: address, directory } = readStackSettings(stack);
  return withHost(address, (host) => use(new HostDirectory(host, directory)));
}

async function requireCanary(
  { stack }: Options,
  { records }: HostDirectory,
): Promise<CanaryRecord> {
  const canary = await records.readCanary();
  if (canary) return canary;
  throw new Error(`${stack}: no canary is under way; \`maestro status\` shows what serves`);
}

function readStatus(options: Options): Promise<CanaryStatus | null> {
  return onHost(options, async ({ edge, records }) => {
    const canary = await records.readCanary();
    if (!canary) return null;
    const active = await edge.readActiveColor();
    const others = await records.readPlacement(otherColor(canary.color));
    const said = await records.readCanaryWish();
    return {
      ...canary,
      wish: said?.release === canary.release ? said : null,
      others: others ? others.record.id : null,
      isLast: !isShared(canary, active),
      aside: await edge.readAside(),
    };
  });
}

async function showStatus(options: Options): Promise<number> {
  const status = await readStatus(options);
  if (options.json) console.log(JSON.stringify(status, null, 2));
  else if (status === null) console.log(`${options.stack}: no canary is under way`);
  else describeStatus(options.stack, status).forEach((line) => console.log(line));
  return 0;
}

function describeStatus(stack: string, status: CanaryStatus): string[] {
  const { release, color, aside, step, since, isWatched, wish: said, others, isLast } = status;
  const gets = isLast
    ? `gets all clients since ${since}, and the watch of this last step is not over; an abort gives them ` +
      (others ?? "nothing")
    : `gets ${aside} % of the clients since ${since}, step ${step + 1}; the others get ${others ?? "nothing"}`;
  return [
    `${stack}: release ${release} (${color}) ${gets}`,
    ...(isWatched ? ["the step was watched to its end; the next update takes the next one"] : []),
    ...(said ? [`${said.by} wants it to ${said.wants} (${said.at})`] : []),
  ];
}

async function wish(options: Options, wants: "pause" | "promote"): Promise<number> {
  const { release, percent } = await onHost(options, async (directory) => {
    const canary = await requireCanary(options, directory);
    const { by, at } = changeOrigin(() => undefined);
    await directory.records.writeCanaryWish({ release: canary.release, wants, by, at });
    return canary;
  });
  console.log(
    wants === "pause"
      ? `release ${release} stays at ${percent} % until \`maestro rollout resume\``
      : `release ${release} gets all clients: by the update that runs, or by the next \`pulumi up\``,
  );
  return 0;
}

async function resume(options: Options): Promise<number> {
  const { release } = await onHost(options, async (directory) => {
    const canary = await requireCanary(options, directory);
    await directory.records.forgetCanaryWish();
    return canary;
  });
  console.log(`release ${release} goes on: by the update that runs, or by the next \`pulumi up\``);
  return 0;
}

async function abort(options: Options): Promise<number> {
  const { release, percent } = await onHost(options, async (directory) => {
    const canary = await requireCanary(options, directory);
    await abortCanary(directory, canary, process.env["MAESTRO_REASON"] ?? "maestro rollout abort");
    return canary;
  });
  const { host, directory, notices } = readStackSettings(options.stack);
  if (notices) {
    const place = { prefix: stackPrefix(options.stack), directory, ...(host ? { host } : {}) };
    startNotices(place, { stack: options.stack, channels: notices });
  }
  console.log(
    `all users get the release before; release ${release}, which ${percent} % of the clients got, is rejected`,
  );
  return 0;
}
