import { quantileRank, upperBound } from "./bounds";
import { countAll, countSlower, quantileSeconds, secondsOfRank } from "./latencyHistogram";
import { burstinessOf, sumCounts, type TrafficCounts } from "./trafficCounts";
import { SLOW_SHARE } from "./trafficLimits";

/** What one service, or the whole set, was like before a switch. Kept as JSON with a release, for the next one. */
export interface TrafficBaseline {
  /** Window, in Unix time. */
  readonly from: number;
  readonly until: number;
  readonly requests: number;
  readonly bad: number;
  /** With 99 % confidence, the rate of bad requests is not above it. */
  readonly errorBound: number;
  /** Requests with a latency that counts. */
  readonly timed: number;
  /** 95th percentile of the latency; null: there was none. */
  readonly p95Seconds: number | null;
  /** With 99 % confidence, the 95th percentile is not above it; null: fewer than 90 requests. */
  readonly p95BoundSeconds: number | null;
  /** What evidence of errors, and of slow requests, is divided by. */
  readonly errorBurstiness: number;
  readonly slowBurstiness: number;
}

/** Name of the whole set among a release's summaries: no service has it. */
export const WHOLE_SET = "*";

const CONFIDENCE = 0.99;

/** Sums up the traffic of a set before a switch. `until` is not part of the window. */
export function summarizeBaseline(
  counts: TrafficCounts,
  window: { readonly from: number; readonly until: number },
): TrafficBaseline {
  const { requests, bad, latency } = sumCounts(counts);
  const timed = countAll(latency);
  const length = window.until - window.from;
  const rank = quantileRank(1 - SLOW_SHARE, timed, CONFIDENCE);
  const p95BoundSeconds = rank === null ? null : secondsOfRank(latency, rank);
  const slow = (seconds: number) =>
    counts.seconds.map((second) => countSlower(second.latency, seconds));
  return {
    ...window,
    requests,
    bad,
    errorBound: upperBound(bad, requests, CONFIDENCE),
    timed,
    p95Seconds: quantileSeconds(latency, 1 - SLOW_SHARE),
    p95BoundSeconds,
    errorBurstiness: burstinessOf(
      counts.seconds.map((second) => second.bad),
      length,
    ),
    slowBurstiness: p95BoundSeconds === null ? 1 : burstinessOf(slow(p95BoundSeconds), length),
  };
}
