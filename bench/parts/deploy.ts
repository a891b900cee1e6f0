import { OpenLoopLoad, type LoadResult } from "../../tests/load/openLoopLoad";
import type { Context } from "../context";
import { measure, type Measurement, type Unit } from "../measurement";
import { awake } from "../peers/awake";
import type { Peer } from "../peers/peer";

const REQUESTS_PER_SECOND = 200;
const CONNECTIONS = 64;
/** Load before and behind the deploy, in milliseconds. */
const LEAD_MILLISECONDS = 1_000;

type Tool = "ours" | "compose";
type Name = `${Tool} ${"idle" | "loaded" | "lost" | "gap" | "p99"}`;

/** A changed release of all services against `docker compose up --wait`, without load and under load. */
export async function deploy(context: Context): Promise<Measurement[]> {
  const stack = await context.serviceStack();
  const tools: Record<Tool, Peer> = {
    ours: stack.asPeer(),
    compose: await context.composeStack(),
  };
  const samples = await measure<Name>(context.rounds, async (round) => {
    for (const [tool, peer] of Object.entries(tools) as [Tool, Peer][]) {
      const { seconds } = await awake(peer, () => peer.deploy());
      round.add(`${tool} idle`, seconds);
    }
    for (const [tool, peer] of Object.entries(tools) as [Tool, Peer][]) {
      const { seconds, load } = await awake(peer, () => underLoad(peer, stack.services));
      round.add(`${tool} loaded`, seconds);
      round.add(`${tool} lost`, load.lost.length);
      round.add(`${tool} gap`, load.longestGap);
      round.add(`${tool} p99`, load.latency.p99);
    }
  });
  const one = (name: string, unit: Unit, of: Name): Measurement => ({
    name,
    unit,
    samples: samples.of(of),
    summary: "median",
  });
  const ratio = (name: string, state: "idle" | "loaded"): Measurement => ({
    name,
    unit: "x",
    samples: samples.ratios(`ours ${state}`, `compose ${state}`),
    summary: "median",
    atMost: 1,
  });
  const lost = { unit: "requests", summary: "sum" } as const;
  return [
    one("maestro, no load", "s", "ours idle"),
    one("compose, no load", "s", "compose idle"),
    ratio("maestro / compose, no load", "idle"),
    one(`maestro, ${REQUESTS_PER_SECOND} requests/s`, "s", "ours loaded"),
    one(`compose, ${REQUESTS_PER_SECOND} requests/s`, "s", "compose loaded"),
    ratio(`maestro / compose, ${REQUESTS_PER_SECOND} requests/s`, "loaded"),
    { ...lost, name: "maestro, lost", samples: samples.of("ours lost"), atMost: 0 },
    { ...lost, name: "compose, lost", samples: samples.of("compose lost") },
    one("maestro, longest time without an answer", "ms", "ours gap"),
    one("compose, longest time without an answer", "ms", "compose gap"),
    one("maestro, 99th percentile of answers", "ms", "ours p99"),
    one("compose, 99th percentile of answers", "ms", "compose p99"),
  ];
}

async function underLoad(
  peer: Peer,
  services: readonly string[],
): Promise<{ seconds: number; load: LoadResult }> {
  const load = new OpenLoopLoad({
    baseUrl: peer.url,
    getPaths: services.map((service) => `/${service}/version`),
    postPaths: services.map((service) => `/${service}/echo`),
    requestsPerSecond: REQUESTS_PER_SECOND,
    connections: CONNECTIONS,
  });
  try {
    await pause();
    const { seconds } = await peer.deploy();
    await pause();
    return { seconds, load: await load.stop() };
  } catch (error) {
    await load.stop();
    throw error;
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, LEAD_MILLISECONDS));
}
