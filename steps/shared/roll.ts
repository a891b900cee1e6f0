import type { Color } from "../../release/release";
import { isRolling, startOrder } from "../../release/rolling";
import type { Unfit } from "../../targets/hands";
import { elapsed } from "../../targets/timing";
import { goBack, restore } from "./goBack";
import { note, type Move } from "./move";
import { heldBy, noteRoll, rollBackTo, take } from "./moveServices";
import { report } from "./report";
import type { Cancellation } from "./signals";
import type { TrafficWatch } from "./trafficWatch";

/** What goes on beside a roll. */
export interface Beside {
  readonly traffic: TrafficWatch | null;
  readonly cancel: Cancellation | null;
}

/**
 * Moves the services of a release one by one, each after those it depends on: it is started, proven, gets its users, and
 * the one before it is stopped once that has finished what it does. So no more runs than one set and one service. What
 * fails takes all of them back the same way, which starts the old containers again.
 *
 * @param outgoing the set that users get the services from that have not moved.
 * @returns the exit code of a step that is done; null: all services have moved, and the set may be named as the one that
 * serves.
 */
export async function roll(
  move: Move,
  outgoing: Color,
  { traffic, cancel }: Beside,
): Promise<number | null> {
  const { hands, input, record } = move;
  const { records } = hands;
  const from = await heldBy(hands, outgoing);
  const under = await records.roll.read();
  if (under?.color !== input.color || under.release !== record.id) {
    await noteRoll(hands, { color: input.color, record });
  }
  traffic?.leaves();
  const start = performance.now();
  const way = { hands, to: { color: input.color, record }, from, drainSeconds: input.drainSeconds };
  for (const service of startOrder(record)) {
    if (cancel?.signal.aborted) return goBack(move, outgoing);
    const unfit = await take({ ...way, healthGate: input.healthGate ?? null, cancel }, service);
    if (unfit) return fail(move, outgoing, unfit, traffic);
    // One that is new is found once the set is the one that serves.
    if (service in from.record.services) await note(move, "service moved", { service });
  }
  if (cancel?.signal.aborted) return goBack(move, outgoing);
  await note(move, "proven", { seconds: Math.round((performance.now() - start) / 1000) });
  console.log(`all services of release ${record.id} moved in ${elapsed(start)}`);
  return null;
}

/** What is not what its record says is no fault of the release; all others are. */
async function fail(
  move: Move,
  outgoing: Color,
  unfit: Unfit,
  traffic: TrafficWatch | null,
): Promise<number> {
  const { hands, input, record } = move;
  if (unfit.kind === "incomplete" || unfit.logs.length > 0) report(unfit);
  if (unfit.kind === "unwell") return restore(move, outgoing, [unfit.says], traffic);
  const reason = `the ${input.color} set is not what the record of release ${record.id} says`;
  const code = await goBack(move, outgoing, reason);
  // Services that could not be taken back still need what is there.
  if ((await hands.movedServices()).length === 0) await hands.records.disprove(input.color);
  return code;
}

/**
 * The release that serves most services is wanted again, while those of another one are on their way.
 *
 * @returns the exit code of a step that cannot go on; null: all users get it, or no other one was on its way.
 */
export async function endRoll(move: Move): Promise<number | null> {
  const { hands, input } = move;
  const under = await hands.records.roll.read();
  if (!isRolling(under, input.color)) {
    if (under) await hands.records.roll.forget();
    return null;
  }
  const unfit = await rollBackTo(move, input.color);
  if (unfit) {
    report(unfit);
    console.error(`services stay where they are; the next update tries again`);
    return 1;
  }
  const reason = `the roll of release ${under.release} was ended`;
  await note(move, "went back", { reason });
  console.log(`${reason}; all users get release ${move.record.id}`);
  return null;
}
