import type { Color, ReleaseRecord } from "../../release/release";
import type { TrafficVerdict } from "../../release/trafficVerdict";
import { describeProgress, describeVerdict } from "../../release/trafficWords";
import type { TargetHands, Way } from "../../targets/hands";
import { elapsed, sleep } from "../../targets/timing";
import { noteEvent } from "./noteEvent";
import type { TrafficWatch } from "./trafficWatch";
import { WatchTime } from "./watchTime";

/** A release that has just got the traffic. */
export interface WatchedRelease {
  readonly hands: TargetHands;
  readonly color: Color;
  readonly record: ReleaseRecord;
  readonly seconds: number;
  /** What users get; null: only maestro's own questions are looked at. */
  readonly traffic: TrafficWatch | null;
  readonly onInconclusive: "keep" | "extend" | "back";
  /** When the traffic moved, from `performance.now()`. */
  readonly start: number;
  readonly cancelled?: AbortSignal | undefined;
  /** Where its services are asked. @default "public" */
  readonly way?: Way;
  /** What an operator wants of the watch, asked each second. @default - it goes on to its end */
  readonly wish?: () => Promise<"go on" | "hold" | "end">;
}

/**
 * Asks all services at once, then again each second, and looks at what users get, until the time is over.
 *
 * @returns what is wrong, a line each; empty: the release may stay.
 */
export async function watchRelease(watched: WatchedRelease): Promise<readonly string[]> {
  const { hands, color, record, start, way = "public" } = watched;
  const wrongs = await hands.ask({ color, record }, way);
  if (wrongs.length > 0) return wrongs;
  if (way === "public") {
    console.log(`${color} serves release ${record.id}; moved and asked in ${elapsed(start)}`);
  }
  const found = await watchOn(watched);
  if (found.length > 0 || watched.cancelled?.aborted || !watched.traffic) return found;
  return conclude(watched, watched.traffic);
}

async function watchOn(watched: WatchedRelease): Promise<readonly string[]> {
  const { hands, color, record, traffic, cancelled, way = "public", wish } = watched;
  const time = new WatchTime(watched.seconds, watched.onInconclusive === "extend");
  while (!cancelled?.aborted) {
    if (time.isOver()) {
      if (!traffic || isConclusive(traffic.judge()) || !time.extend()) break;
      console.log(`${describeVerdict(traffic.judge())}; the watch goes on`);
    }
    await sleep(time.untilNext(traffic !== null));
    if (time.isQuestionDue()) {
      const wrongs = await hands.ask({ color, record }, way);
      if (wrongs.length > 0) return wrongs;
      const wanted = await wish?.();
      if (wanted === "end") return [];
      time.hasAsked(wanted === "hold");
    }
    if (traffic?.isFailing()) return traffic.failures(traffic.judge());
    if (traffic && time.isProgressDue()) {
      console.log(`${describeProgress(traffic.judge())}; ${time.secondsLeft()} s left`);
    }
  }
  return [];
}

function isConclusive({ verdict }: TrafficVerdict): boolean {
  return verdict === "pass" || verdict === "fail";
}

/** Says and puts on record what the watch has found; nothing that is not known counts as well. */
async function conclude(
  { hands, color, record, onInconclusive, start }: WatchedRelease,
  traffic: TrafficWatch,
): Promise<readonly string[]> {
  const verdict = traffic.judge();
  if (verdict.verdict === "fail") return traffic.failures(verdict);
  const says = describeVerdict(verdict);
  console.log(`watched for ${elapsed(start)}: ${says}`);
  if (verdict.verdict !== "pass" && onInconclusive === "back") return [says];
  const reason = `${verdict.verdict === "noData" ? "no data" : verdict.verdict}: ${says}`;
  const seconds = Math.round((performance.now() - start) / 1000);
  await noteEvent(hands.records, {
    kind: "watched",
    ...{ release: record.id, color, reason, seconds, evidence: traffic.evidence() },
  });
  await traffic.keep();
  return [];
}
