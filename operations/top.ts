import { setTimeout as sleep } from "node:timers/promises";
import { Command } from "commander";
import type Docker from "dockerode";
import pc from "picocolors";
import { stackPrefix } from "../config/project";
import { withHost } from "../host/connectHost";
import type { Host } from "../host/host";
import { HostDirectory } from "../host/hostDirectory";
import { edgeContainerName } from "../rules/edge/edgeLayout";
import { EDGE, showTop, type TopLook, type TopRow } from "../rules/top/topTable";
import { TrafficWindow } from "../rules/top/trafficWindow";
import { DEFAULT_STACK, readStackSettings } from "./shared/stackFile";
import { EdgeTraffic } from "./top/edgeTraffic";
import { UsageLooks } from "./top/lookAtUsage";
import { examplesOf } from "./shared/examples";

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
const NO_TRAFFIC = { requestsPerSecond: null, errors: null, p95Seconds: null };
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
    .addHelpText("after", examplesOf("top"))
    .parse(argv, { from: "user" })
    .opts<Options>();
  const { host: address, directory } = readStackSettings(options.stack);
  await withHost(address, async (host) => {
    const view = await openView(host, directory, options.stack);
    if (!options.once && !options.json) return showLive(view, endOfReader());
    const found = await lookOnce(view);
    if (options.json) console.log(JSON.stringify(found, null, 2));
    else showTop(found, STYLE).forEach((line) => console.log(line));
  });
  return 0;
}

/** What is looked at, and by what. */
interface View {
  readonly stack: string;
  readonly directory: HostDirectory;
  readonly engine: Docker;
  readonly usage: UsageLooks;
  readonly window: TrafficWindow;
  readonly traffic: EdgeTraffic;
}

async function openView(host: Host, root: string, stack: string): Promise<View> {
  const engine = await host.engine();
  const prefix = stackPrefix(stack);
  const window = new TrafficWindow(WINDOW_SECONDS);
  const traffic = new EdgeTraffic(engine, edgeContainerName(prefix), window);
  const usage = new UsageLooks(engine, prefix);
  return { stack, directory: new HostDirectory(host, root), engine, usage, window, traffic };
}

async function lookOnce(view: View): Promise<TopLook> {
  await view.usage.look();
  await sleep(SAMPLE_MILLISECONDS);
  const now = await engineTime(view.engine);
  await view.traffic.readSince(now - WINDOW_SECONDS);
  return look(view, now);
}

/** @param now Unix time by the Engine's clock, which is the edge's too. */
async function look(
  { stack, directory, usage, window, traffic }: View,
  now: number,
): Promise<TopLook> {
  const [found, active] = await Promise.all([usage.look(), directory.edge.readActiveColor()]);
  const rows = found.map((row): TopRow => {
    const isAsked = row.set !== null || row.service === EDGE;
    return { ...row, ...(isAsked ? window.rates(row.set, row.service, now) : NO_TRAFFIC) };
  });
  const at = new Date(Math.floor(now) * 1000).toISOString();
  return { stack, at, active, windowSeconds: WINDOW_SECONDS, rows, missing: traffic.missing };
}

/** On a terminal each look takes the place of the one before; elsewhere they follow each other. */
async function showLive(view: View, signal: AbortSignal): Promise<void> {
  const begin = (await engineTime(view.engine)) - performance.now() / 1000;
  const now = () => begin + performance.now() / 1000;
  await view.usage.look();
  let shown = 0;
  for (;;) {
    view.traffic.keepFollowing(now() - WINDOW_SECONDS, signal);
    await sleep(LIVE_MILLISECONDS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const lines = showTop(await look(view, now()), STYLE);
    const again = process.stdout.isTTY && shown > 0 ? `\x1b[${shown}A\x1b[J` : "";
    process.stdout.write(`${again}${lines.join("\n")}\n`);
    shown = lines.length;
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
