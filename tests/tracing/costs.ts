import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { connectEngine } from "../../host/engine";
import { readUsage } from "../../host/containerUsage";
import { observerName } from "../../rules/observability/layout";
import { OpenLoopLoad } from "../load/openLoopLoad";
import { RUN_OBSERVERS } from "../support/watchedStack";
import type { TracedStack } from "./tracedStack";

const PER_SECOND = 500;
/** Ticks of a processor's time a second, on every Linux that Node runs on. */
const TICKS = 100;

/** What a part of the stack takes under load. */
export interface Cost {
  readonly part: string;
  /** Of one processor. */
  readonly percent: number;
  readonly megabytes: number;
}

/** What watching takes at 500 requests a second to a service whose every request is traced and logged. */
export async function measureCosts(
  { stack }: TracedStack,
  exporter: number,
  seconds: number,
): Promise<{ costs: Cost[]; answered: number; lost: number }> {
  const engine = connectEngine();
  const parts = RUN_OBSERVERS.map((observer) => observerName(stack.prefix, observer));
  const look = async () => ({
    at: performance.now(),
    containers: await Promise.all(parts.map((name) => readUsage(engine.getContainer(name)))),
    exporter: readProcess(exporter),
  });
  const load = new OpenLoopLoad({
    ...{ baseUrl: stack.url, getPaths: ["/stock/stock/7"], postPaths: [] },
    ...{ requestsPerSecond: PER_SECOND, connections: 200 },
  });
  await sleep(10_000);
  const before = await look();
  await sleep(seconds * 1000);
  const after = await look();
  const { answered, lost } = await load.stop();
  const took = (after.at - before.at) / 1000;
  const costs = parts.map((part, index) => ({
    part,
    percent:
      (after.containers[index]!.cpuNanoseconds - before.containers[index]!.cpuNanoseconds) /
      1e7 /
      took,
    megabytes: after.containers[index]!.memoryBytes / 2 ** 20,
  }));
  const own = {
    part: "maestro metrics serve",
    percent: ((after.exporter.cpuSeconds - before.exporter.cpuSeconds) / took) * 100,
    megabytes: after.exporter.megabytes,
  };
  return { costs: [own, ...costs], answered, lost: lost.length };
}

function readProcess(pid: number): { cpuSeconds: number; megabytes: number } {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
  const [, kilobytes] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))!;
  const ticks = Number(fields[11]) + Number(fields[12]);
  return { cpuSeconds: ticks / TICKS, megabytes: Number(kilobytes) / 1024 };
}
