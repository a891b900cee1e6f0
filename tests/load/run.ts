import { statSync } from "node:fs";
import path from "node:path";
import { connectEngine, execIn } from "../../host/engine";
import { edgeContainerName } from "../../rules/edge/edgeLayout";
import type { Color } from "../../release/release";
import type { TestStack } from "../support/testStack";
import { runControls, type Control } from "./controls";
import { EdgeLog } from "./edgeLog";
import { OpenLoopLoad, type CountedAnswer, type LoadResult } from "./openLoopLoad";
import type { LoadProfile } from "./profile";
import { EventStreams, WebSockets, type StreamTally } from "./streams";

type Digests = Readonly<Record<string, string>>;

/** One stack update under load. */
export interface UpdateUnderLoad {
  readonly action: "deploy" | "rollback" | "roll forward" | "back";
  readonly seconds: number;
  /** When it began, in milliseconds since 1970. */
  readonly beganAt: number;
  /** When the traffic moved, in milliseconds since 1970. */
  readonly movedAt: number;
  readonly color: Color;
}

/** What must not grow, looked at after each round. */
export interface Growth {
  readonly at: number;
  readonly containers: number;
  readonly images: number;
  readonly stateKilobytes: number;
  readonly edgeDescriptors: number;
  readonly edgeMemoryKilobytes: number;
}

/** Everything that one run has counted. */
export interface LoadRun {
  readonly began: number;
  readonly seconds: number;
  /** The open loop's two kinds of clients. */
  readonly keepAlive: LoadResult;
  readonly closing: LoadResult;
  readonly answers: readonly CountedAnswer[];
  readonly log: { readonly seen: number; duplicated: number; retried: number; missing: number };
  /** Requests of five seconds, each of which must be answered to its end. */
  readonly slow: StreamTally;
  readonly events: StreamTally;
  readonly webSockets: StreamTally;
  readonly updates: readonly UpdateUnderLoad[];
  readonly growth: readonly Growth[];
  /** Deliberate mistakes: a run that does not notice them proves nothing. */
  readonly controls: readonly Control[];
}

const ACTIONS = ["deploy", "rollback", "roll forward", "back"] as const;
/** What the first update is compared with, in milliseconds. */
const LEAD_MILLISECONDS = 4_000;
const SLOW_SECONDS = 5;
const GATE_SECONDS = 180;

/**
 * Updates a stack again and again while all kinds of clients use it. Every request has an id, which is looked for in
 * the edge's log: what was answered must be there once.
 *
 * @param releases the first one serves in between; the others are deployed by turns, so that none is ever warm.
 */
export async function runLoad(
  profile: LoadProfile,
  stack: TestStack,
  releases: readonly [Digests, Digests, ...Digests[]],
  note: (text: string) => void = () => undefined,
): Promise<LoadRun> {
  const [first, ...others] = releases;
  // Both sets have the same routes before the load begins: what follows changes images alone, so nothing reloads.
  for (const release of [first, others.at(-1)!, first]) await update(stack, release);
  const clients = await startClients(profile, stack, Object.keys(first));
  const updates: UpdateUnderLoad[] = [];
  const growth: Growth[] = [];
  try {
    await sleep(LEAD_MILLISECONDS);
    for (let round = 0; round < profile.rounds; round += 1) {
      const next = others[round % others.length]!;
      for (const [index, release] of [next, first, next, first].entries()) {
        clients.expectSet(null);
        const done = { action: ACTIONS[index]!, ...(await update(stack, release)) };
        clients.expectSet(done.color);
        updates.push(done);
        await sleep(profile.pauseSeconds * 1000);
      }
      growth.push(await measureGrowth(stack));
      note(`round ${round + 1} of ${profile.rounds}: ${clients.summary()}`);
    }
    await clients.sentAll();
  } catch (error) {
    await clients.stop();
    throw error;
  }
  const counted = await clients.stop();
  return { ...counted, updates, growth, controls: await runControls(stack, Object.keys(first)) };
}

async function update(stack: TestStack, release: Digests) {
  const beganAt = Date.now();
  const start = performance.now();
  // On a busy machine a service starts slowly, and this is no test of how fast it does.
  const patient = { health: { deadlineSeconds: GATE_SECONDS } };
  const services = Object.fromEntries(Object.keys(release).map((name) => [name, patient]));
  stack.configure({ release, services });
  const { exitCode, output } = await stack.up();
  if (exitCode !== 0) throw new Error(`the update failed under load:\n${output}`);
  const moved = await stack.host.records.readSwitch();
  if (!moved) throw new Error("the update has moved no traffic");
  const seconds = (performance.now() - start) / 1000;
  return { seconds, beganAt, movedAt: Date.parse(moved.at), color: moved.color };
}

/** All clients of a profile at once. */
async function startClients(profile: LoadProfile, stack: TestStack, services: readonly string[]) {
  const began = Date.now();
  const log = await EdgeLog.follow(connectEngine(), edgeContainerName(stack.prefix));
  const answers: CountedAnswer[] = [];
  const open = (share: number, keepAlive: boolean) =>
    new OpenLoopLoad({
      baseUrl: stack.url,
      getPaths: services.map((service) => `/${service}/version`),
      postPaths: services.map((service) => `/${service}/echo`),
      requestsPerSecond: profile.requestsPerSecond * share,
      limit: Math.round(profile.requests * share),
      connections: profile.connections,
      keepAlive,
      onAnswer: (answer) => answers.push(answer),
    });
  const loops = [open(1 - profile.closingShare, true), open(profile.closingShare, false)] as const;
  const slow = new EventStreams(stack.url, profile.slowClients, SLOW_SECONDS);
  const events = new EventStreams(stack.url, profile.eventStreams, 0);
  const webSockets = new WebSockets(stack.url, profile.webSockets);
  const sent = () => loops.reduce((sum, loop) => sum + loop.sentSoFar, 0);
  return {
    expectSet: (color: Color | null) => loops.forEach((loop) => loop.expectSet(color)),
    summary: () => `${sent()} sent, ${loops[0].lostSoFar + loops[1].lostSoFar} lost`,
    sentAll: async () => {
      while (sent() < profile.requests - loops.length) await sleep(100);
    },
    stop: async () => {
      const [keepAlive, closing] = await Promise.all(loops.map((loop) => loop.stop()));
      const tallies = await Promise.all([slow.stop(), events.stop(), webSockets.stop()]);
      const tally = await log.stop(new Set(answers.map(({ id }) => id)));
      return {
        began,
        seconds: (Date.now() - began) / 1000,
        keepAlive: keepAlive!,
        closing: closing!,
        answers,
        log: {
          seen: tally.seen,
          duplicated: tally.duplicated.length,
          retried: tally.retried,
          missing: tally.missing.length,
        },
        slow: tallies[0],
        events: tallies[1],
        webSockets: tallies[2],
      };
    },
  };
}

async function measureGrowth(stack: TestStack): Promise<Growth> {
  const engine = connectEngine();
  const { output } = await execIn(engine, edgeContainerName(stack.prefix), [
    "sh",
    "-c",
    "ls /proc/[0-9]*/fd 2>/dev/null | wc -l; cat /proc/[0-9]*/status",
  ]);
  const descriptors = /^\d+/.exec(output)?.[0] ?? "0";
  const kilobytes = [...output.matchAll(/VmRSS:\s+(\d+) kB/g)].map(([, value]) => Number(value));
  return {
    at: Date.now(),
    containers: (await stack.containers()).size,
    images: (await engine.listImages()).length,
    stateKilobytes: Math.round(statSync(stateFile(stack)).size / 1000),
    edgeDescriptors: Number(descriptors),
    edgeMemoryKilobytes: kilobytes.reduce((sum, value) => sum + value, 0),
  };
}

function stateFile({ environment, name }: TestStack): string {
  const backend = environment["PULUMI_BACKEND_URL"]!.replace("file://", "");
  return path.join(backend, ".pulumi/stacks/maestro", `${name}.json`);
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
