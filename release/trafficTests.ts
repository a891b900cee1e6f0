import { upperBound } from "./bounds";
import {
  addConcurrentSecond,
  ERROR_MULTIPLES,
  LATENCY_MULTIPLES,
  logConcurrentEvidence,
  logEvidence,
  NO_CONCURRENT_EVIDENCE,
  seenRate,
  seenRateBeside,
} from "./evidence";
import { countAll, countSlower } from "./latencyHistogram";
import type { TrafficBaseline } from "./trafficBaseline";
import { NO_TRAFFIC, sumCounts, type SecondCounts, type TrafficCounts } from "./trafficCounts";
import { MINIMUM_BASELINE_REQUESTS, SLOW_SHARE, type TrafficLimits } from "./trafficLimits";

/** What one service, or the whole set, is judged by. */
export interface ServiceTraffic {
  /** The new set since the switch. */
  readonly watch: TrafficCounts;
  /** The other set in the same time; null: it got no traffic, as after a full switch. */
  readonly beside: TrafficCounts | null;
  /** What served before; null: not known. */
  readonly baseline: TrafficBaseline | null;
  readonly limits: TrafficLimits;
}

/** What is measured of requests. */
export type Metric = "errors" | "latency";

/**
 * Against what: a fixed limit, the time before the switch, or the other set in the same seconds. What is relative to the
 * other set is immune to common causes; what is relative to the time before is not.
 */
export type Comparison = "absolute" | "before" | "beside";

/** One test: what is allowed, what was seen, and the evidence against "no more than allowed". */
export interface TrafficTest {
  readonly metric: Metric;
  readonly comparison: Comparison;
  /** Rate of bad requests that is allowed. */
  readonly allowed: number;
  /** Latency from which on a request is bad; null: by its status. */
  readonly slowerThanSeconds: number | null;
  /** Requests that count, bad ones among them, and bad ones that count (a few of each client). */
  readonly requests: number;
  readonly bad: number;
  readonly counted: number;
  /** Natural logarithm, divided by the burstiness. */
  readonly logEvidence: number;
  readonly burstiness: number;
  /** What the other set answered in the same time, and how many times its rate is accepted; null: not compared with it. */
  readonly beside: { requests: number; bad: number; tolerance: number } | null;
  /** The test is passed where the upper 95 % bound of the rate is below this. */
  readonly passBelow: number;
}

/** A set beside that has got none of so many requests has no users: with one of a hundred, 0.7 % of the runs have none. */
const REQUESTS_ALONE = 500;

/** The edge tells latencies in whole milliseconds: a difference of less than two is none. */
const LATENCY_RESOLUTION_SECONDS = 0.002;

/** Upper 95 % bound of the rate of bad requests, with those that do not count: a pass is no place for leniency. */
export function rateBound({ bad, requests }: TrafficTest): number {
  return upperBound(bad, requests, 0.95);
}

/** How many tests there will be, whatever the traffic: the chance of a false alarm is divided by their number. */
export function countTests(traffic: ServiceTraffic): number {
  const { limits } = traffic;
  return [...errorTests(withoutTraffic(traffic)), ...latencyTests(withoutTraffic(traffic))].filter(
    ({ metric }) => !limits[metric].dryRun,
  ).length;
}

function withoutTraffic(traffic: ServiceTraffic): ServiceTraffic {
  return { ...traffic, watch: NO_TRAFFIC, beside: traffic.beside && NO_TRAFFIC };
}

/** The tests of a service's errors. */
export function errorTests({ watch, beside, baseline, limits }: ServiceTraffic): TrafficTest[] {
  const { maximum, tolerance, floor } = limits.errors;
  const { requests, bad, counted } = sumCounts(watch);
  const burstiness = baseline?.errorBurstiness ?? 1;
  const against = (allowed: number) =>
    logEvidence(allowed, counted, requests, ERROR_MULTIPLES) / burstiness;
  const other = besideOf(watch, beside, burstiness, (second) => second.counted, sumCounts);
  const test = (comparison: Comparison, allowed: number, passBelow: number): TrafficTest => ({
    ...{ metric: "errors" as const, comparison, allowed, slowerThanSeconds: null },
    ...{ requests, bad, counted, logEvidence: against(allowed), burstiness, beside: null },
    passBelow,
  });
  const before = isKnown(baseline)
    ? Math.min(maximum, Math.max(floor, tolerance * baseline.errorBound))
    : maximum;
  const tests = [other(test("absolute", maximum, Math.min(maximum, 3 * before)), 1)];
  // Both must hold: it is worse than what served before, and it is more than a trifle.
  if (beside && sumCounts(beside).requests > 0) {
    tests.push(other(test("beside", floor, maximum), tolerance));
  } else if (beside || before < maximum) {
    const relative = test("before", before, 3 * before);
    tests.push({ ...relative, logEvidence: Math.min(relative.logEvidence, against(floor)) });
  }
  return isTooEarly(watch, beside) ? tests.map(withoutEvidence) : tests;
}

/** The tests of a service's latency: "the 95th percentile is above t" is "more than 5 % are slower than t". */
export function latencyTests({ watch, beside, baseline, limits }: ServiceTraffic): TrafficTest[] {
  const { maximumSeconds, tolerance } = limits.latency;
  const { latency } = sumCounts(watch);
  const requests = countAll(latency);
  const burstiness = baseline?.slowBurstiness ?? 1;
  const test = (
    comparison: Comparison,
    slowerThanSeconds: number,
    passBelow: number,
  ): TrafficTest => {
    const counted = countSlower(watch.slowest, slowerThanSeconds);
    const slow = (of: SecondCounts) => countSlower(of.latency, slowerThanSeconds);
    const other = besideOf(watch, beside, burstiness, slow, (counts) => {
      const sum = sumCounts(counts);
      return { requests: countAll(sum.latency), bad: countSlower(sum.latency, slowerThanSeconds) };
    });
    const alone = {
      ...{ metric: "latency" as const, comparison, allowed: SLOW_SHARE, slowerThanSeconds },
      ...{ requests, bad: countSlower(latency, slowerThanSeconds), counted, burstiness, passBelow },
      beside: null,
      logEvidence: logEvidence(SLOW_SHARE, counted, requests, LATENCY_MULTIPLES) / burstiness,
    };
    return other(alone, 1);
  };
  const tests: TrafficTest[] = [test("absolute", maximumSeconds, SLOW_SHARE)];
  const bound = isKnown(baseline) ? baseline.p95BoundSeconds : null;
  const limit = bound && Math.max(tolerance * bound, bound + LATENCY_RESOLUTION_SECONDS);
  if (limit !== null && limit < maximumSeconds) {
    // Twice the share: what is 1.3 times as slow is just not passed.
    tests.push(test(beside ? "beside" : "before", limit, 2 * SLOW_SHARE));
  }
  return isTooEarly(watch, beside) ? tests.map(withoutEvidence) : tests;
}

/**
 * Of the first few requests none may have gone to the set beside, although it has users: then nobody knows yet what both
 * suffer. Later it is known that it has none.
 */
function isTooEarly(watch: TrafficCounts, beside: TrafficCounts | null): boolean {
  if (beside === null || sumCounts(beside).requests > 0) return false;
  return sumCounts(watch).requests < REQUESTS_ALONE;
}

function withoutEvidence(test: TrafficTest): TrafficTest {
  return { ...test, logEvidence: Math.min(0, test.logEvidence) };
}

/**
 * What the set beside suffers in the same seconds is no fault of the watched one, however bad it is: where both have
 * traffic, a test also needs evidence that the watched one is worse.
 *
 * @returns what adds that to a test, with how many times the other's rate is accepted.
 */
function besideOf(
  watch: TrafficCounts,
  beside: TrafficCounts | null,
  burstiness: number,
  badOf: (second: SecondCounts) => number,
  sum: (counts: TrafficCounts) => { readonly requests: number; readonly bad: number },
): (test: TrafficTest, tolerance: number) => TrafficTest {
  const others = beside && sum(beside);
  if (!beside || !others || others.requests === 0) return (test) => test;
  const { requests, bad } = others;
  return (test, tolerance) => ({
    ...test,
    logEvidence: Math.min(test.logEvidence, compare(watch, beside, tolerance, badOf) / burstiness),
    beside: { requests, bad, tolerance },
  });
}

/** Whether there is enough of the time before to compare with. */
export function isKnown(baseline: TrafficBaseline | null): baseline is TrafficBaseline {
  return baseline !== null && baseline.requests >= MINIMUM_BASELINE_REQUESTS;
}

/** Log evidence that the watched set is worse than the one beside it, over the seconds that both had traffic in. */
function compare(
  watch: TrafficCounts,
  beside: TrafficCounts,
  tolerance: number,
  badOf: (second: SecondCounts) => number,
): number {
  const others = new Map(beside.seconds.map((second) => [second.second, second]));
  let evidence = NO_CONCURRENT_EVIDENCE;
  for (const second of watch.seconds) {
    const other = others.get(second.second);
    if (!other) continue;
    evidence = addConcurrentSecond(
      evidence,
      {
        requests: second.requests,
        bad: badOf(second),
        stableRequests: other.requests,
        stableBad: badOf(other),
      },
      tolerance,
    );
  }
  return logConcurrentEvidence(evidence);
}

/** Smallest rate of bad requests that a test shows with a chance of 90 %, at this chance of a false alarm; null: none. */
export function seenByTest(test: TrafficTest, alpha: number): number | null {
  const { allowed, requests, beside, burstiness } = test;
  const alone = seenRate(allowed, requests, alpha, burstiness);
  if (!beside || alone === null) return alone;
  const { requests: stableRequests, bad: stableBad, tolerance } = beside;
  const both = { requests, stableRequests, stableBad };
  const compared = seenRateBeside(both, tolerance, alpha, burstiness);
  return compared && Math.max(alone, compared);
}
