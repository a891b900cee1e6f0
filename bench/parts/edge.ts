import { setTimeout as sleep } from "node:timers/promises";
import { connectEngine } from "../../host/engine";
import { OpenLoopLoad } from "../../tests/load/openLoopLoad";
import type { Context } from "../context";
import { measure, type Measurement } from "../measurement";

const REQUESTS_PER_SECOND = 500;
const SECONDS = 10;
const CONNECTIONS = 64;
/** Asked of the first service: small, and made without a database. */
const PATH = "health";

const WAYS = { kept: true, fresh: false } as const;
type Way = keyof typeof WAYS;

/**
 * What a request costs at the edge in processor time, which a busy machine does not change as it changes times: a core
 * can carry at most one second divided by that.
 */
export async function edge(context: Context): Promise<Measurement[]> {
  const { stack, services } = await context.serviceStack();
  const service = services[0]!;
  const containers = await stack.containers();
  const { id } = containers.get(`${stack.prefix}-edge`)!;
  const samples = await measure<Way>(context.rounds, async (round) => {
    for (const [way, keepAlive] of Object.entries(WAYS) as [Way, boolean][]) {
      const before = await processorMicroseconds(id);
      const load = new OpenLoopLoad({
        baseUrl: stack.url,
        getPaths: [`/${service}/${PATH}`],
        postPaths: [],
        requestsPerSecond: REQUESTS_PER_SECOND,
        connections: CONNECTIONS,
        keepAlive,
      });
      await sleep(SECONDS * 1000);
      const { answered } = await load.stop();
      round.add(way, ((await processorMicroseconds(id)) - before) / answered);
    }
  });
  const row = (name: string, way: Way): Measurement => ({
    name: `processor time of the edge a request, ${name}`,
    unit: "µs",
    samples: samples.of(way),
    summary: "median",
  });
  return [row("connections kept", "kept"), row("a connection each", "fresh")];
}

async function processorMicroseconds(id: string): Promise<number> {
  const stats = await connectEngine().getContainer(id).stats({ stream: false, "one-shot": true });
  return stats.cpu_stats.cpu_usage.total_usage / 1000;
}
