import { setTimeout as sleep } from "node:timers/promises";
import { Command } from "commander";
import type Docker from "dockerode";
import pc from "picocolors";
import { stackPrefix } from "../config/project";
import { withHost } from "../host/connectHost";
import { readContainerLog } from "../host/containerLog";
import type { Host } from "../host/host";
import { HostDirectory } from "../host/hostDirectory";
import { parseAccessLine } from "../rules/edge/accessLog";
import { edgeContainerName } from "../rules/edge/edgeLayout";
import { showTop, type TopLook, type TopRow } from "../rules/top/topTable";
import { TrafficWindow } from "../rules/top/trafficWindow";
import type { TrafficFeed } from "../targets/hands";
import { followEdge } from "../targets/dockerHost/followEdge";
import { DEFAULT_STACK, readStackSettings } from "./shared/stackFile";
import { UsageLooks } from "./top/lookAtUsage";

interface Options {
  readonly stack: string;
  readonly once?: boolean;
  readonly json?: boolean;
}

/** Requests of so many seconds are shown. */
const WINDOW_SECONDS = 10;
const LIVE_MILLISECONDS = 2_000;
/** Between the two looks that tell the time on processors, where only one is shown. */
const SAMPLE_MILLISECONDS = 1_000;
const STYLE = { strong: pc.bold, faint: pc.dim, bad: pc.red };

/** `top`: what each service uses and what users get of it, by set. */
export async function main(argv: string[]): Promise<number> {
  const options = new Command("top")
    .description(
      "Shows processors, memory, requests, errors and p95 of each service, by set, until Ctrl+C.",
    )
    .option("--stack <name>", "stack to look at", DEFAULT_STACK)
    .option("--once", "look once")
    .option("--json", "look once and print JSON")
    .addHelpText("after", "\nExample:\n  maestro top --stack demo --once")
    .parse(argv, { from: "user" })
    .opts<Options>();
  const { host: address, directory } = readStackSettings(options.stack);
  await withHost(address, async (host) => {
    const view = new View(host, new HostDirectory(host, directory), options.stack);
    if (!options.once && !options.json) return showLive(view, endOfReader());
    const look = await view.lookOnce();
    if (options.json) console.log(JSON.stringify(look, null, 2));
    else showTop(look, STYLE).forEach((line) => console.log(line));
  });
  return 0;
}

/** Looks at one stack. */
class View {
  private readonly traffic = new TrafficWindow(WINDOW_SECONDS);
  private readonly prefix: string;

  constructor(
    private readonly host: Host,
    private readonly directory: HostDirectory,
    private readonly stack: string,
  ) {
    this.prefix = stackPrefix(stack);
  }

  async looks(): Promise<UsageLooks> {
    return new UsageLooks(await this.host.engine(), this.prefix);
  }

  follow(): Promise<TrafficFeed> {
    const tell = this.traffic.add.bind(this.traffic);
    return followEdge(this.host, this.prefix, WINDOW_SECONDS, tell);
  }

  /** Reads what the edge has logged to its end, so that nothing of it is missing. */
  async lookOnce(): Promise<TopLook> {
    const engine = await this.host.engine();
    const looks = await this.looks();
    await looks.look();
    await sleep(SAMPLE_MILLISECONDS);
    const now = await engineTime(engine);
    const edge = edgeContainerName(this.prefix);
    const since = String(Math.floor(now) - WINDOW_SECONDS);
    for await (const lines of readContainerLog(engine, edge, { since, follow: false })) {
      for (const { text } of lines) {
        const logged = parseAccessLine(text);
        if (logged) this.traffic.add(logged.request);
      }
    }
    return this.look(looks, now, null);
  }

  async look(looks: UsageLooks, now: number, missing: string | null): Promise<TopLook> {
    const [usage, active] = await Promise.all([
      looks.look(),
      this.directory.edge.readActiveColor(),
    ]);
    const rows = usage.map((row): TopRow => ({
      ...row,
      ...this.traffic.rates(row.set, row.service, now),
    }));
    const at = new Date(Math.floor(now) * 1000).toISOString();
    return { stack: this.stack, at, active, windowSeconds: WINDOW_SECONDS, rows, missing };
  }
}

/** On a terminal each look takes the place of the one before; elsewhere they follow each other. */
async function showLive(view: View, signal: AbortSignal): Promise<void> {
  const looks = await view.looks();
  await looks.look();
  const feed = await view.follow();
  let shown = 0;
  try {
    for (;;) {
      await sleep(LIVE_MILLISECONDS, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      const lines = showTop(await view.look(looks, feed.now(), feed.missing()), STYLE);
      const again = process.stdout.isTTY && shown > 0 ? `\x1b[${shown}A\x1b[J` : "";
      process.stdout.write(`${again}${lines.join("\n")}\n`);
      shown = lines.length;
    }
  } finally {
    feed.close();
  }
}

async function engineTime(engine: Docker): Promise<number> {
  const { SystemTime } = (await engine.info()) as { SystemTime: string };
  return Date.parse(SystemTime) / 1000;
}

/** Aborts at Ctrl+C, and where whoever reads has gone. */
function endOfReader(): AbortSignal {
  const end = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => end.abort());
  process.stdout.once("error", () => end.abort());
  return end.signal;
}
