import type { HealthGateSettings } from "../../rules/health/healthGate";
import { otherColor, type Color, type ReleaseRecord } from "../../release/release";
import { onlyService, startOrder } from "../../release/rolling";
import type { HeldSet, TargetHands, Unfit } from "../../targets/hands";
import { sleep } from "../../targets/timing";
import { moveTo, type Move } from "./move";
import type { Cancellation } from "./signals";

/** How often a service that has moved is asked while the old one finishes what it does. */
const ASK_INTERVAL_MILLISECONDS = 1_000;

/**
 * Takes every service back to a set that users get some, or none, of them from, the last one that has moved first, and
 * names that set as the one that serves.
 *
 * @returns why one of its services cannot take its users; the others stay where they are. Null: all are there.
 */
export async function rollBackTo(move: Move, color: Color): Promise<Unfit | null> {
  const { hands, input } = move;
  const active = (await hands.activeColor())!;
  const to = await heldBy(hands, color);
  const from = await heldBy(hands, otherColor(color));
  if (active !== color) await noteRoll(hands, to);
  const moved = await hands.movedServices();
  const isThere = (service: string) => moved.includes(service) === (active !== color);
  // What runs without users goes first, so that there is room for what comes back.
  const idle = Object.keys(from.record.services).filter(isThere);
  await hands.retire(from.color, graceOf(from.record), idle);
  const beside = { drainSeconds: input.drainSeconds, healthGate: null, cancel: null };
  const away = startOrder(to.record).filter((service) => !isThere(service));
  for (const service of away.reverse()) {
    const unfit = await take({ hands, to, from, ...beside }, service);
    if (unfit) return unfit;
  }
  await moveTo(move, color);
  // Services that the other release alone has: users could find them until now.
  await hands.retire(from.color, graceOf(from.record));
  return null;
}

/** One service's way from a set to the other one. */
export interface Way {
  readonly hands: TargetHands;
  readonly to: HeldSet;
  readonly from: HeldSet;
  readonly drainSeconds: number;
  /** What it must show before it moves; null: that it is ready. */
  readonly healthGate: HealthGateSettings | null;
  /** Ends the watch of what has moved; null: nothing does. */
  readonly cancel: Cancellation | null;
}

/**
 * Gives a service its users on another set: what is done already is found done.
 *
 * @returns why it cannot serve; null: it does, and the one before it has stopped.
 */
export async function take(way: Way, service: string): Promise<Unfit | null> {
  const { hands, to, from } = way;
  const part: HeldSet = { color: to.color, record: onlyService(to.record, service) };
  const isNew = !(service in from.record.services);
  const hasMoved = isNew ? false : await servesFrom(hands, to.color, service);
  const unfit =
    (await hands.findUnfit(part)) ?? (hasMoved ? null : await askBefore(way, part, service));
  if (unfit) return unfit;
  // Nobody finds it by the routes that count now.
  if (isNew) return null;
  if (!hasMoved) {
    await hands.moveService(service, to.color);
    console.log(`${service}: users get it from ${to.color}, release ${to.record.id}`);
  }
  const wrongs = await watch(way, service);
  if (wrongs.length > 0) return { kind: "unwell", says: wrongs.join("\n"), logs: [] };
  if (!way.cancel?.signal.aborted) await hands.retire(from.color, graceOf(from.record), [service]);
  return null;
}

async function servesFrom(hands: TargetHands, color: Color, service: string): Promise<boolean> {
  const isAside = (await hands.movedServices()).includes(service);
  return ((await hands.activeColor()) === color) !== isAside;
}

/** Preview shows the set that most services are not got from: a set that serves those has nothing to show there. */
async function askBefore(way: Way, part: HeldSet, service: string): Promise<Unfit | null> {
  const { hands, to, healthGate } = way;
  if ((await hands.activeColor()) === to.color) return null;
  const wrongs = await hands.ask(to, "preview", [service]);
  if (wrongs.length > 0) return { kind: "unwell", says: wrongs.join("\n"), logs: [] };
  if (!healthGate) return null;
  const { proveHealth } = await import("./proveHealth");
  const own = healthGate.services[service];
  return proveHealth(hands, part, { ...healthGate, services: own ? { [service]: own } : {} });
}

/** Asks a service as its users do, as long as the one before may still have something to finish. */
async function watch(
  { hands, to, drainSeconds, cancel }: Way,
  service: string,
): Promise<readonly string[]> {
  const until = performance.now() + drainSeconds * 1000;
  for (;;) {
    const wrongs = await hands.ask(to, "public", [service]);
    const left = until - performance.now();
    if (wrongs.length > 0 || left <= 0 || cancel?.signal.aborted) return wrongs;
    await sleep(Math.min(left, ASK_INTERVAL_MILLISECONDS));
  }
}

function graceOf({ services }: ReleaseRecord): (service: string) => number {
  return (service) => services[service]?.stopGraceSeconds ?? 0;
}

export async function heldBy({ records }: TargetHands, color: Color): Promise<HeldSet> {
  const held = await records.readPlacement(color);
  if (!held) throw new Error(`${color} serves, and no record says which release that is`);
  return { color, record: held.record };
}

export function noteRoll({ records }: TargetHands, { color, record }: HeldSet): Promise<void> {
  return records.roll.write({ release: record.id, color, since: new Date().toISOString() });
}
