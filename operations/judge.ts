import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { Command } from "commander";
import { withDefaultLimits } from "../release/trafficLimits";
import { replayTraffic, type Replay } from "../release/trafficReplay";
import { describeFailures, describeVerdict } from "../release/trafficWords";
import { parseAccessLine } from "../rules/edge/accessLog";
import { COLORS, type Color } from "../release/release";
import { examplesOf } from "./shared/examples";

interface Options {
  readonly replay: string;
  readonly switchAt?: string;
  readonly to?: string;
  readonly json?: boolean;
}

/** `judge`: what a watch would have said of recorded traffic. */
export async function main(argv: string[]): Promise<number> {
  const options = new Command("judge")
    .description("Shows what the watch of a release would have said of recorded traffic.")
    .requiredOption(
      "--replay <file>",
      "access log of an edge, as `docker logs <edge>` prints it; -: standard input",
    )
    .option(
      "--switch-at <time>",
      "when the traffic moved, ISO 8601 (default: when another set first answers)",
    )
    .option(
      "--to <set>",
      "set that it moved to, blue or green (default: the one that answers last)",
    )
    .option("--json", "print the result as JSON")
    .addHelpText("after", examplesOf("judge"))
    .parse(argv, { from: "user" })
    .opts<Options>();
  const replay = replayTraffic(await readRequests(options.replay), {
    ...given(options),
    limits: () => withDefaultLimits(),
  });
  if (options.json) console.log(JSON.stringify(replay, null, 2));
  else describe(replay);
  return replay.verdict.verdict === "fail" ? 1 : 0;
}

function given({ switchAt, to }: Options): { movedAt?: number; color?: Color } {
  const problems: string[] = [];
  const movedAt = switchAt === undefined ? undefined : Date.parse(switchAt) / 1000;
  if (Number.isNaN(movedAt)) {
    problems.push(`--switch-at: must be a time such as 2026-11-27T10:00:00Z, got "${switchAt}"`);
  }
  const color = COLORS.find((each) => each === to);
  if (to !== undefined && color === undefined) {
    problems.push(`--to: must be blue or green, got "${to}"`);
  }
  if (problems.length > 0) throw new Error(problems.join("\n"));
  return { ...(movedAt === undefined ? {} : { movedAt }), ...(color ? { color } : {}) };
}

/** Every user's request once, in the order of time. */
async function readRequests(file: string) {
  const input = file === "-" ? process.stdin : createReadStream(file);
  const known = new Map<string, ReturnType<typeof parseAccessLine>>();
  for await (const line of createInterface({ input, crlfDelay: Infinity })) {
    const logged = parseAccessLine(line);
    if (logged) known.set(logged.key, logged);
  }
  const requests = [...known.values()].flatMap((logged) => (logged ? [logged.request] : []));
  if (requests.length > 0) return requests.sort((a, b) => a.at - b.at);
  throw new Error(
    `${file}: no user's request is in it; give it the log of an edge as maestro configures it since 0.1.0: \`docker logs <prefix>-edge\``,
  );
}

function describe({ verdict, color, movedAt, failedAfterSeconds, worstPaths }: Replay): void {
  const moved = new Date(movedAt * 1000).toISOString();
  console.log(`traffic to ${color} since ${moved}: ${describeVerdict(verdict)}`);
  if (failedAfterSeconds !== null) {
    console.log(`it would have gone back after ${failedAfterSeconds} s`);
    describeFailures(verdict, (service) => worstPaths[service ?? "*"] ?? []).forEach((line) =>
      console.log(`  ${line}`),
    );
  }
}
