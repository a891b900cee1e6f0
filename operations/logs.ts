import { Command } from "commander";
import pc from "picocolors";
import { stackPrefix } from "../config/project";
import { withHost } from "../host/connectHost";
import { HostDirectory } from "../host/hostDirectory";
import { isShown, LOG_LEVELS, type LogFilter, type LogLine } from "../rules/logs/logLine";
import { parseMoment } from "../rules/logs/moment";
import { lineAsJson, LineWriter } from "../rules/logs/showLine";
import { findSources, requireSources, type LogChoice } from "./logs/logSources";
import { DEFAULT_STACK, readStackSettings } from "./shared/stackFile";
import { examplesOf } from "./shared/examples";

interface Options {
  readonly stack: string;
  readonly set: string;
  readonly release?: string;
  readonly service?: readonly string[];
  readonly edge?: boolean;
  readonly follow?: boolean;
  readonly since?: string;
  readonly tail?: string;
  readonly grep?: string;
  readonly level?: string;
  readonly json?: boolean;
}

const SETS = ["active", "idle", "both", "blue", "green"] as const;
/** Lines of each container that are shown where nobody says how many. */
const DEFAULT_TAIL = 100;

/** `logs`: what a stack's services write, merged by time. */
export async function main(argv: string[]): Promise<number> {
  const options = new Command("logs")
    .description(
      "Shows what services write, merged by time; it goes on over switches and restarts.",
    )
    .option("--stack <name>", "stack to look at", DEFAULT_STACK)
    .option("-f, --follow", "show what is written from now on, until Ctrl+C")
    .option("--set <set>", "active, idle, both, blue or green", "active")
    .option("--release <id>", "of the set that holds this release, in place of --set")
    .option("--service <name...>", "of these services alone")
    .option("--edge", "of the edge too: a line of JSON for each request")
    .option("--since <when>", "such as 10m, 2h, 3d, or 2026-09-01T12:00")
    .option(
      "--tail <lines>",
      "last lines of each container, or all (default: 100; all with --since)",
    )
    .option("--grep <pattern>", "lines that match this regular expression")
    .option("--level <level>", "lines of JSON that say they are at least that bad")
    .option("--json", "print each line as JSON")
    .addHelpText("after", examplesOf("logs"))
    .parse(argv, { from: "user" })
    .opts<Options>();
  const filter = filterOf(options);
  const part = partOf(options);
  const sets = oneOf("--set", options.set, SETS);
  const { host: address, directory: root } = readStackSettings(options.stack);
  const prefix = stackPrefix(options.stack);
  const { service: services = [], edge = false, release } = options;
  const choice: LogChoice = {
    ...{ prefix, sets, services, edge },
    ...(release === undefined ? {} : { release }),
  };
  const write = writerOf(options, filter);
  await withHost(address, async (host) => {
    const engine = await host.engine();
    const directory = new HostDirectory(host, root);
    const sources = await requireSources(engine, directory, choice);
    if (options.follow) {
      const find = () => findSources(engine, directory, choice);
      const { followLogs } = await import("./logs/followLogs");
      const warn = (text: string) => console.error(pc.yellow(text));
      await followLogs(engine, find, part, { show: write, warn }, endOfReader());
      return;
    }
    if (sources.length === 0) console.error("nothing serves yet; run `pulumi up`");
    const { readPast } = await import("./logs/readPast");
    for await (const line of readPast(engine, sources, part)) write(line);
  });
  return 0;
}

function filterOf({ grep, level }: Options): LogFilter {
  return {
    ...(grep === undefined ? {} : { grep: patternOf(grep) }),
    ...(level === undefined ? {} : { level: oneOf("--level", level, LOG_LEVELS) }),
  };
}

function patternOf(pattern: string): RegExp {
  try {
    return new RegExp(pattern, "u");
  } catch (error) {
    throw new Error(
      `--grep: is no regular expression, got ${JSON.stringify(pattern)} (${(error as Error).message})`,
    );
  }
}

function partOf({ since, tail }: Options): { since?: string; tail?: number } {
  const begin = since === undefined ? {} : { since: parseMoment(since, new Date()) };
  if (tail === "all") return begin;
  if (tail === undefined) return since === undefined ? { tail: DEFAULT_TAIL } : begin;
  if (!/^\d{1,9}$/.test(tail)) {
    throw new Error(`--tail: must be a number of lines, or all, got ${JSON.stringify(tail)}`);
  }
  return { ...begin, tail: Number(tail) };
}

function oneOf<T extends string>(option: string, given: string, known: readonly T[]): T {
  const found = known.find((each) => each === given);
  if (found !== undefined) return found;
  throw new Error(`${option}: must be one of ${known.join(", ")}, got ${JSON.stringify(given)}`);
}

function writerOf({ json }: Options, filter: LogFilter): (line: LogLine) => void {
  const writer = new LineWriter(pc.isColorSupported);
  return (line) => {
    if (!isShown(line.text, filter)) return;
    process.stdout.write(`${json ? lineAsJson(line) : writer.show(line)}\n`);
  };
}

/** Aborts at Ctrl+C, and where whoever reads has gone, as `head` does. */
function endOfReader(): AbortSignal {
  const end = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => end.abort());
  process.stdout.once("error", () => end.abort());
  return end.signal;
}
