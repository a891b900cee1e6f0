import { addSeconds, type LatencyHistogram } from "../../release/latencyHistogram";
import { summarizeBaseline } from "../../release/trafficBaseline";
import { mergeCounts, type SecondCounts, type TrafficCounts } from "../../release/trafficCounts";
import { withDefaultLimits, type TrafficLimitsInput } from "../../release/trafficLimits";
import type { ServiceTraffic } from "../../release/trafficTests";
import type { TrafficInput } from "../../release/trafficVerdict";
import type { SeededRandom } from "./seededRandom";

/** Traffic as a test pretends it; each request is of a client of its own. */
export interface Pretended {
  /** First second. @default 0 */
  readonly from?: number;
  readonly seconds: number;
  /** Requests a second, and how many of them are bad. */
  readonly requests: (second: number) => number;
  readonly bad?: (second: number, requests: number) => number;
  /** Latency of a request, in seconds. @default 0.05 */
  readonly latency?: () => number;
}

/** Counts of such traffic. */
export function pretendTraffic(traffic: Pretended): TrafficCounts {
  const { from = 0, seconds, requests, bad = () => 0, latency = () => 0.05 } = traffic;
  const slowest: LatencyHistogram = {};
  const counts: SecondCounts[] = [];
  for (let second = from; second < from + seconds; second += 1) {
    const here: LatencyHistogram = {};
    const all = requests(second);
    for (let index = 0; index < all; index += 1) {
      const value = latency();
      addSeconds(here, value);
      addSeconds(slowest, value);
    }
    const failed = bad(second, all);
    counts.push({ second, requests: all, bad: failed, counted: failed, latency: here });
  }
  return { seconds: counts, slowest };
}

/** Requests as they come: independent, at a mean rate. */
export function randomly(random: SeededRandom, mean: number, rate: number) {
  return {
    requests: () => random.poisson(mean),
    bad: (_second: number, requests: number) => random.binomial(requests, rate),
  };
}

/** One service's traffic, with a baseline where there is a time before. */
export function trafficOf(
  watch: TrafficCounts,
  given: { before?: TrafficCounts; beside?: TrafficCounts; limits?: TrafficLimitsInput } = {},
): ServiceTraffic {
  const window = { from: 0, until: given.before?.seconds.length ?? 0 };
  return {
    watch,
    beside: given.beside ?? null,
    baseline: given.before ? summarizeBaseline(given.before, window) : null,
    limits: withDefaultLimits(given.limits),
  };
}

/** A release of one service, which is the whole set. */
export function inputOf(traffic: ServiceTraffic, missing: string | null = null): TrafficInput {
  const whole = { ...traffic, watch: mergeCounts([traffic.watch]) };
  return { whole, services: { api: traffic }, missing };
}
