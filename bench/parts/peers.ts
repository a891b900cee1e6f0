import { OpenLoopLoad, type CountedAnswer } from "../../tests/load/openLoopLoad";
import type { Context } from "../context";
import { measure, type Measurement, type Samples } from "../measurement";
import { awake } from "../peers/awake";
import type { Peer } from "../peers/peer";

const REQUESTS_PER_SECOND = 200;
const CONNECTIONS = 64;
/** Load before and behind each release, in milliseconds. */
const LEAD_MILLISECONDS = 4_000;

type What = "deploy" | "rollback";
type Name = `${string} ${What} ${"time" | "lost" | "p99" | "p99 before"}` | `${string} no-op`;

/**
 * The tools people use for this, side by side under the same load: a changed release of all services, the way back, and
 * the same release again.
 */
export async function peers(context: Context): Promise<Measurement[]> {
  const tools: Readonly<Record<string, Peer>> = {
    maestro: (await context.serviceStack()).asPeer(),
    "docker compose up --wait": await context.composeStack(),
    "Swarm, start-first": await context.swarmPeer(),
    "docker-rollout's method": await context.rolloutPeer(),
  };
  const { services } = await context.serviceStack();
  const samples = await measure<Name>(context.rounds, async (round) => {
    for (const [name, peer] of Object.entries(tools)) {
      await awake(peer, async () => {
        await underLoad(round, `${name} deploy`, peer, services, () => peer.deploy());
        await underLoad(round, `${name} rollback`, peer, services, () => peer.rollBack());
        if (peer.noOp) round.add(`${name} no-op`, (await peer.noOp()).seconds);
      });
    }
  });
  return Object.entries(tools).flatMap(([name, peer]) => rows(name, peer, samples));
}

function rows(name: string, peer: Peer, samples: Samples<Name>): Measurement[] {
  const isOurs = name === "maestro";
  const of = (what: What): Measurement[] => [
    {
      name: `${name}: ${what}`,
      unit: "s",
      samples: samples.of(`${name} ${what} time`),
      summary: "median",
    },
    {
      name: `${name}: ${what}, lost requests`,
      unit: "requests",
      samples: samples.of(`${name} ${what} lost`),
      summary: "sum",
      ...(isOurs ? { atMost: 0 } : {}),
    },
    {
      name: `${name}: ${what}, 99th percentile meanwhile`,
      unit: "ms",
      samples: samples.of(`${name} ${what} p99`),
      summary: "median",
    },
    {
      name: `${name}: ${what}, 99th percentile against before`,
      unit: "x",
      samples: samples.ratios(`${name} ${what} p99`, `${name} ${what} p99 before`),
      summary: "median",
    },
  ];
  const noOp: Measurement = {
    name: `${name}: the same again`,
    unit: "s",
    samples: samples.of(`${name} no-op`),
    summary: "median",
  };
  return [...of("deploy"), ...of("rollback"), ...(peer.noOp ? [noOp] : [])];
}

/** One release under load; latency counts for requests that were sent while it ran. */
async function underLoad(
  round: Samples<Name>,
  name: `${string} ${What}`,
  { url }: Peer,
  services: readonly string[],
  release: () => Promise<{ readonly seconds: number }>,
): Promise<void> {
  const answers: CountedAnswer[] = [];
  const load = new OpenLoopLoad({
    baseUrl: url,
    getPaths: services.map((service) => `/${service}/version`),
    postPaths: services.map((service) => `/${service}/echo`),
    requestsPerSecond: REQUESTS_PER_SECOND,
    connections: CONNECTIONS,
    onAnswer: (answer) => answers.push(answer),
  });
  try {
    await pause();
    const began = Date.now();
    const { seconds } = await release();
    const ended = Date.now();
    await pause();
    const sent = (from: number, until: number) =>
      answers.filter(({ at }) => at >= from && at <= until);
    round.add(`${name} time`, seconds);
    round.add(`${name} p99`, percentile(sent(began, ended), 0.99));
    // The first second opens connections.
    const before = sent(began - LEAD_MILLISECONDS + 1_000, began);
    round.add(`${name} p99 before`, percentile(before, 0.99));
  } finally {
    round.add(`${name} lost`, (await load.stop()).lost.length);
  }
}

function percentile(answers: readonly CountedAnswer[], share: number): number {
  const sorted = answers.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * share) - 1] ?? NaN;
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, LEAD_MILLISECONDS));
}
