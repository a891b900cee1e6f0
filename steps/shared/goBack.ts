import type { Color } from "../../release/release";
import type { Unfit } from "../../targets/hands";
import { elapsed, secondsSince } from "../../targets/timing";
import { moveTo, note, type Move } from "./move";
import { report } from "./report";
import type { TrafficWatch } from "./trafficWatch";

/** Why an update goes back that nobody has watched to the end. */
const CANCELLED = "the update was cancelled";

/** Takes the traffic back, unless the set it would go back to is in no better state. */
export async function restore(
  move: Move,
  outgoing: Color | null,
  wrongs: readonly string[],
  traffic: TrafficWatch | null,
): Promise<number> {
  const { hands, input, record } = move;
  const { records } = hands;
  const reason = wrongs.join("; ");
  const back = outgoing && (await records.readPlacement(outgoing));
  // A release that the other set has served all the while is not to blame for its new containers.
  const isRestart = outgoing !== input.color && back?.record.id === record.id;
  if (!isRestart) await records.reject(record, reason);
  const evidence = traffic ? { evidence: traffic.evidence() } : {};
  await note(move, isRestart ? "restart failed" : "rejected", { reason, ...evidence });
  const failed = input.rolling
    ? `release ${record.id} failed while its services moved, or after that:`
    : `release ${record.id} failed after the switch:`;
  console.error(`${failed}\n${wrongs.join("\n")}`);
  if (!outgoing || outgoing === input.color || !back) {
    console.error("there is no other set to go back to; the edge is left as it is");
    return 1;
  }
  let start = performance.now();
  const unfit = input.rolling
    ? await rollBack(move, outgoing)
    : await hands.findUnfit({ color: outgoing, record: back.record }, 1);
  if (unfit) {
    report(unfit);
    console.error(`${outgoing} is not fit to serve either, so the traffic stays where it is`);
    await leaveUnfit(move, outgoing, unfit);
    await note(move, "no healthy set", { reason: `${reason}; ${outgoing}: ${unfit.says}` });
    return 1;
  }
  if (!input.rolling) {
    start = performance.now();
    await moveTo(move, outgoing);
  }
  await records.forgetCanary();
  await records.disprove(input.color);
  await note(move, "went back", {
    ...{ release: back.record.id, color: outgoing, seconds: secondsSince(start) },
  });
  console.error(`users are back on ${outgoing}, release ${back.record.id}, in ${elapsed(start)}`);
  return 1;
}

/** One service after the other. @returns why one of them cannot come back; null: all have. */
async function rollBack(move: Move, color: Color): Promise<Unfit | null> {
  return (await import("./moveServices")).rollBackTo(move, color);
}

/** No share of the clients stays on a set that has lost a part of itself, and the next update makes it anew. */
async function leaveUnfit({ hands, input }: Move, outgoing: Color, unfit: Unfit): Promise<void> {
  // Services that have come back need their containers.
  if (input.rolling || unfit.kind !== "incomplete") return;
  if ((await hands.activeColor()) === outgoing) return;
  if ((await hands.asidePercent()) > 0) await hands.move(input.color);
  await hands.records.disprove(outgoing);
}

/**
 * A cancelled update must not end on a release that nobody has watched to the end.
 *
 * @param reason what has ended it.
 * @default - somebody has cancelled it
 */
export async function goBack(
  move: Move,
  outgoing: Color | null,
  reason = CANCELLED,
): Promise<number> {
  const { hands, input } = move;
  const isMoved =
    (await hands.activeColor()) === input.color ||
    (await hands.asidePercent()) > 0 ||
    input.rolling === true;
  if (outgoing && isMoved) {
    const unfit = input.rolling ? await rollBack(move, outgoing) : await moveTo(move, outgoing);
    if (unfit) {
      report(unfit);
      console.error(`${reason}; services stay where they are, the next update tries again`);
      return 1;
    }
    await hands.records.forgetCanary();
    const release = (await hands.records.readPlacement(outgoing))?.record.id;
    await note(move, "went back", {
      ...{ color: outgoing, reason },
      ...(release ? { release } : {}),
    });
  }
  const why = reason === CANCELLED ? "cancelled" : reason;
  console.error(`${why}; users are on ${(await hands.activeColor()) ?? "no set"}`);
  return 1;
}
