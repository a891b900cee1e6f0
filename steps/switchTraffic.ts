import { otherColor, type Color, type ReleaseRecord } from "../release/release";
import type { SwitchInput } from "../rules/stepInput";
import type { TargetHands } from "../targets/hands";
import { secondsSince } from "../targets/timing";
import { duringUpdate } from "./shared/duringUpdate";
import { readInput } from "./shared/input";
import { goBack, restore } from "./shared/goBack";
import { moveTo, note, restartFacts, retire, type Move } from "./shared/move";
import { report } from "./shared/report";
import { listenForSignals } from "./shared/signals";
import type { TrafficWatch } from "./shared/trafficWatch";
import { watchRelease } from "./shared/watchRelease";
import { withHands } from "./shared/withHands";

/**
 * Moves all users to a proven set: looks at the set once more, moves the traffic in one instant, asks every service
 * which set answered, and watches for the bake time. What fails after the move takes the traffic back before this exits
 * non-zero.
 */
export function main(): Promise<number> {
  const input = readInput<SwitchInput>("switchTraffic");
  const { release } = input;
  return withHands(input, (hands) =>
    duringUpdate({ records: hands.records, release, isLast: true }, () =>
      switchTraffic(hands, input),
    ),
  );
}

/** See {@link main}. @returns the exit code. */
export async function switchTraffic(hands: TargetHands, input: SwitchInput): Promise<number> {
  const move = { hands, input, record: await refuseStaleSwitch(hands, input) };
  const code = (await isFit(move)) && (await mayMove(move)) ? await moveAndWatch(move) : 1;
  await hands.settle();
  return code;
}

/**
 * An update that was planned before somebody else moved the traffic must not move it again.
 *
 * @returns the record of the release that the set holds.
 */
async function refuseStaleSwitch(
  hands: TargetHands,
  { switchNumber, color, release }: SwitchInput,
): Promise<ReleaseRecord> {
  const last = await hands.records.readSwitch();
  const number = last?.number ?? 0;
  const isRepeat = number === switchNumber && (await hands.activeColor()) === color;
  if (!isRepeat && number !== switchNumber - 1) {
    throw new Error(
      `the traffic was moved to ${last?.color} (release ${last?.release}) at ${last?.at}, after this update was ` +
        `planned; run it again to plan from there`,
    );
  }
  const placement = await hands.records.readPlacement(color);
  if (placement?.record.id !== release || !(placement.proven || isRepeat)) {
    throw new Error(
      `${color} does not hold a proven release ${release}; run the update again to place it`,
    );
  }
  return placement.record;
}

/** Without proof the next update makes the set anew. One that serves stays what it is. */
async function isFit({ hands, input: { color, rolling }, record }: Move): Promise<boolean> {
  // Each of its services is looked at when it moves: all at once may be more than the host can run.
  if (rolling && (await hands.activeColor()) !== null) return true;
  const unfit = await hands.findUnfit({ color, record }, 1);
  if (!unfit) return true;
  report(unfit);
  if ((await hands.activeColor()) !== color) await hands.records.disprove(color);
  console.error(`the traffic was not moved to ${color}: that set is not fit to serve`);
  return false;
}

/** The set stays proven: once its gates let it out, the next update only moves the traffic. */
async function mayMove({ hands, input, record }: Move): Promise<boolean> {
  const { color, gates, bakeSeconds, canary = null } = input;
  const active = await hands.activeColor();
  if (!gates || active === color) return true;
  // Some of its services have moved: nothing is gained by holding back the others.
  if (input.rolling && (await hands.movedServices()).length > 0) return true;
  const { passGates } = await import("./shared/passGates");
  const serving = active && (await hands.records.readPlacement(active));
  const refused = await passGates(hands.records, gates, record, {
    serving: serving ? serving.record : null,
    traffic: { bakeSeconds, canary },
  });
  if (refused === null) return true;
  console.error(
    `the traffic was not moved to ${color}: release ${record.id} must wait\n${refused}\n` +
      `${color} stays ready: run the update again then, and only the traffic moves`,
  );
  return false;
}

async function moveAndWatch(move: Move): Promise<number> {
  const { hands, input, record } = move;
  const active = await hands.activeColor();
  const moved = active !== input.color;
  if (!moved) await endCanary(move);
  if (!moved && input.rolling) {
    const ended = await (await import("./shared/roll")).endRoll(move);
    if (ended !== null) return ended;
  }
  if (moved && active && (await takesShares(move))) {
    const { climb, noteAll } = await import("./shared/climb");
    const code = await climb(move, active);
    if (code !== null) return code;
    await noteAll(move);
  }
  const resumed = moved ? null : await leftOf(move);
  // The one to go back to; none for a repeat whose watch is over.
  const outgoing = moved ? active : (resumed?.outgoing ?? input.color);
  const again = moved ? await restartFacts(move, active) : {};
  // From here on a signal is answered once the traffic is somewhere.
  const cancel = moved ? listenForSignals() : null;
  const traffic = await lookAtTraffic(move, moved ? active : null, resumed);
  try {
    if (moved && active && input.rolling) {
      const { roll } = await import("./shared/roll");
      const code = await roll(move, active, { traffic, cancel });
      if (code !== null) return code;
    }
    const start = performance.now();
    if (moved) {
      traffic?.moves();
      await moveTo(move, input.color, traffic && active ? (input.watch?.holdBackPercent ?? 0) : 0);
    }
    const watched = watchRelease({
      ...{ hands, record, traffic, start, color: input.color },
      seconds: moved ? input.bakeSeconds : (resumed?.seconds ?? 0),
      onInconclusive: input.watch?.onInconclusive ?? "keep",
      ...(input.canary && { wish: await wishes(move) }),
      cancelled: cancel?.signal,
    });
    const [wrongs] = await Promise.all([
      cancel ? Promise.race([watched, cancel.fired]) : watched,
      moved ? note(move, "moved", { seconds: secondsSince(start), ...again }) : null,
    ]);
    const aborted = await abortedBy(move, outgoing);
    if (aborted !== null) return aborted;
    if (wrongs === "cancelled") return await goBack(move, outgoing);
    if (wrongs.length > 0) return await restore(move, outgoing, wrongs, traffic);
  } finally {
    traffic?.close();
    cancel?.stop();
  }
  await settleOn(move);
  const aborted = await abortedBy(move, outgoing);
  if (aborted !== null) return aborted;
  if (input.canary) await hands.records.forgetCanaryWish();
  if (moved && outgoing) await retire(move, outgoing);
  return 0;
}

/** All clients get the release, those too that were held back, and nothing is left of how it came there. */
async function settleOn({ hands, input, record }: Move): Promise<void> {
  const mayBeShared = input.canary !== undefined || input.watch?.holdBackPercent !== undefined;
  if (mayBeShared && (await hands.asidePercent()) > 0) await hands.move(input.color);
  await Promise.all([hands.records.acquit(record.id), hands.records.settleSwitch()]);
  if (input.canary) await hands.records.forgetCanary();
}

async function wishes(move: Move) {
  const { wishForLast } = await import("./shared/climb");
  return () => wishForLast(move);
}

/** `maestro rollout abort` counts until the record of the canary is gone, also for what this step did meanwhile. */
async function abortedBy(move: Move, outgoing: Color | null): Promise<number | null> {
  if (!move.input.canary || outgoing === move.input.color) return null;
  return (await import("./shared/climb")).endIfAborted(move, outgoing);
}

/** A release that users have had before comes back in one instant: going back is no experiment. */
async function takesShares({ hands, input: { canary }, record }: Move): Promise<boolean> {
  return canary !== undefined && !(await hands.records.events.hasServed(record.id));
}

/** The release that serves is wanted again, while another one has a share of the clients. */
async function endCanary(move: Move): Promise<void> {
  const { hands, input, record } = move;
  const canary = await hands.records.readCanary();
  if (canary === null || canary.release === record.id) return;
  await moveTo(move, input.color);
  await hands.records.forgetCanary();
  const reason = `the canary of release ${canary.release} was ended at ${canary.percent} %`;
  await note(move, "went back", { reason });
  console.log(`${reason}; all users get release ${record.id}`);
}

/** A watch that an update did not end, because it was killed; null: there is none, or it is over. */
interface Unfinished {
  readonly seconds: number;
  readonly movedAt: Date;
  readonly outgoing: Color;
}

async function leftOf({ hands, input }: Move): Promise<Unfinished | null> {
  const last = await hands.records.readSwitch();
  // What has come back was not moved to for a try.
  if (last?.color !== input.color || last.settled) return null;
  const movedAt = new Date(last.at);
  const seconds = input.bakeSeconds - (Date.now() - movedAt.getTime()) / 1000;
  const outgoing = otherColor(input.color);
  const waiting = await hands.records.readPlacement(outgoing);
  return seconds > 0 && waiting?.proven ? { seconds, movedAt, outgoing } : null;
}

/** A release that users have had before is not judged again: going back is no experiment. */
async function lookAtTraffic(
  { hands, input, record }: Move,
  outgoing: Color | null,
  resumed: Unfinished | null,
): Promise<TrafficWatch | null> {
  const { color, bakeSeconds, watch } = input;
  const isWatched = bakeSeconds > 0 && (resumed !== null || (await hands.activeColor()) !== color);
  if (!isWatched) return null;
  if (resumed === null && (await hands.records.events.hasServed(record.id))) return null;
  const { TrafficWatch } = await import("./shared/trafficWatch");
  return TrafficWatch.start(hands, {
    ...{ color, record, outgoing: resumed?.outgoing ?? outgoing },
    limits: watch ?? { all: {}, services: {} },
    movedAt: resumed?.movedAt ?? null,
    isBeside: resumed ? (await hands.asidePercent()) > 0 : (watch?.holdBackPercent ?? 0) > 0,
  });
}
