import {
  describeShare,
  firstStep,
  type CanaryRecord,
  type CanarySettings,
  type CanaryStep,
} from "../../release/canary";
import type { Color } from "../../release/release";
import { goBack, restore } from "./goBack";
import { moveTo, note, type Move } from "./move";
import { listenForSignals, type Cancellation } from "./signals";
import { TrafficWatch } from "./trafficWatch";
import { watchRelease } from "./watchRelease";

/** How a step has ended: its time is over; an operator wants all at once, or has ended it; it was cancelled; or wrongs. */
type End = "over" | "promoted" | "aborted" | "cancelled" | readonly string[];

/**
 * Gives a release its clients share by share, each share watched beside the clients who still get the release before.
 *
 * @param outgoing the set that all others get.
 * @returns the exit code of a step that is done; null: it may get all clients now.
 */
export async function climb(move: Move, outgoing: Color): Promise<number | null> {
  const { hands, input, record } = move;
  const { steps, mode } = input.canary as CanarySettings;
  const under = await hands.records.readCanary();
  const first = firstStep({ steps, mode }, record.id, under);
  // What was wanted of an earlier canary is not meant for this one.
  if (under?.release !== record.id) await hands.records.forgetCanaryWish();
  const shares = steps.slice(0, -1);
  if (first >= shares.length || (await wishOf(move)) === "promoted") return null;
  const cancel = listenForSignals();
  const traffic = await TrafficWatch.start(hands, {
    ...{ color: input.color, record, outgoing, movedAt: null, isBeside: true },
    limits: input.watch ?? { all: {}, services: {} },
  });
  try {
    for (const [index, step] of shares.entries()) {
      if (index < first) continue;
      const end = await takeStep({ move, outgoing, traffic, cancel, step, index });
      if (end === "cancelled") return await goBack(move, outgoing);
      if (Array.isArray(end))
        return await restore(move, outgoing, end as readonly string[], traffic);
      // Also what came after the last look at it: an operator's word counts until the next step.
      const wish = await wishOf(move);
      if (end === "aborted" || wish === "aborted") return await endAborted(move, outgoing);
      if (end === "promoted" || wish === "promoted") return null;
      if (mode === "step") return tellOfNext(move, step, steps[index + 1]!);
    }
    return null;
  } finally {
    traffic.close();
    cancel.stop();
  }
}

interface Step {
  readonly move: Move;
  readonly outgoing: Color;
  readonly traffic: TrafficWatch;
  readonly cancel: Cancellation;
  readonly step: CanaryStep;
  readonly index: number;
}

/** The record comes before the share: who finds the one without the other knows where it was going. */
async function takeStep(taken: Step): Promise<End> {
  const { move, outgoing, traffic, cancel, step, index } = taken;
  const { hands, input, record } = move;
  const { percent, watchSeconds } = step;
  const under: CanaryRecord = {
    ...{ release: record.id, color: input.color, step: index, percent },
    ...{ since: new Date().toISOString(), isWatched: false },
  };
  await hands.records.writeCanary(under);
  if (traffic.isWaiting()) traffic.moves();
  const start = performance.now();
  await hands.move(outgoing, percent);
  console.log(
    `release ${record.id} gets ${describeShare(percent)} of the clients, for ${watchSeconds} s`,
  );
  let ended: "promoted" | "aborted" | null = null;
  const watched = watchRelease({
    ...{ hands, record, traffic, start, color: input.color, seconds: watchSeconds },
    onInconclusive: input.watch?.onInconclusive ?? "keep",
    cancelled: cancel.signal,
    way: "preview",
    wish: async () => {
      const wish = await wishOf(move);
      if (wish === "promoted" || wish === "aborted") ended = wish;
      return ended ? "end" : wish === "pause" ? "hold" : "go on";
    },
  });
  const [wrongs] = await Promise.all([
    Promise.race([watched, cancel.fired]),
    note(move, "shared", { reason: `${percent} % of the clients` }),
  ]);
  if (wrongs === "cancelled") return "cancelled";
  if (ended) return ended;
  if (wrongs.length > 0) return wrongs;
  await hands.records.writeCanary({ ...under, isWatched: true });
  return "over";
}

/** Puts on record that the release is about to get all clients: from then on it is taken back by a move. */
export function noteAll({ hands, input, record }: Move): Promise<void> {
  const { steps } = input.canary as CanarySettings;
  return hands.records.writeCanary({
    ...{ release: record.id, color: input.color, step: steps.length - 1, percent: 100 },
    ...{ since: new Date().toISOString(), isWatched: false },
  });
}

/** What an operator has said of the last step, for its watch: there is no more to promote. */
export async function wishForLast(move: Move): Promise<"go on" | "hold" | "end"> {
  const wish = await wishOf(move);
  return wish === "aborted" ? "end" : wish === "pause" ? "hold" : "go on";
}

/** @returns the exit code of a release that an operator has ended in its last step; null: nobody has. */
export async function endIfAborted(move: Move, outgoing: Color | null): Promise<number | null> {
  if (outgoing === null || (await wishOf(move)) !== "aborted") return null;
  return endAborted(move, outgoing);
}

/** What an operator has asked for by `maestro rollout`. */
async function wishOf({ hands, record }: Move): Promise<"promoted" | "aborted" | "pause" | null> {
  const wish = await hands.records.readCanaryWish();
  if (wish?.release !== record.id) return null;
  return wish.wants === "promote" ? "promoted" : wish.wants === "abort" ? "aborted" : "pause";
}

/** Who aborts has moved all users already, and put that on record; this step may have undone both since then. */
async function endAborted(move: Move, outgoing: Color): Promise<number> {
  const { hands, input, record } = move;
  const last = await hands.records.readSwitch();
  const isDone = last?.color === outgoing && (await hands.activeColor()) === outgoing;
  if (isDone) await hands.move(outgoing);
  else await moveTo(move, outgoing);
  await hands.records.forgetCanary();
  if ((await hands.records.readRejection(record.id)) === null) {
    await hands.records.reject(record, "aborted by `maestro rollout abort`");
  }
  await hands.records.disprove(input.color);
  console.error(
    `the canary of release ${record.id} was ended by \`maestro rollout abort\`; all users get the release before`,
  );
  return 1;
}

function tellOfNext({ record }: Move, { percent }: CanaryStep, next: CanaryStep): number {
  console.log(
    `release ${record.id} stays at ${percent} % of the clients; the next update gives it ` +
      `${describeShare(next.percent)}, \`maestro rollout abort\` takes it back`,
  );
  return 0;
}
