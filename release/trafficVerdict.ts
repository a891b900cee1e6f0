import { quantileSeconds } from "./latencyHistogram";
import type { TrafficBaseline } from "./trafficBaseline";
import { sumCounts } from "./trafficCounts";
import { DEFAULT_ALPHA, SLOW_SHARE } from "./trafficLimits";
import {
  countTests,
  errorTests,
  latencyTests,
  rateBound,
  seenByTest,
  type Metric,
  type ServiceTraffic,
  type TrafficTest,
} from "./trafficTests";

/**
 * `fail`: evidence that it is worse than accepted. `pass`: no such evidence, and the traffic has shown that it is not
 * much worse. `inconclusive`: neither. `noData`: there was nothing to see. `error`: it could not all be seen, and what was
 * does not fail it. The last three are never a pass and never a fail.
 */
export type Verdict = "fail" | "pass" | "inconclusive" | "noData" | "error";

/** Everything that a release is judged by. */
export interface TrafficInput {
  /** All services together. */
  readonly whole: ServiceTraffic;
  readonly services: Readonly<Record<string, ServiceTraffic>>;
  /** What of the traffic could not be read, as a sentence; null: all was. It never lets a release pass. */
  readonly missing: string | null;
  /** Chance that a release which is no worse than accepted fails. @default 0.02 */
  readonly alpha?: number;
}

/** Verdict on one metric of one service. */
export interface MetricVerdict {
  /** Null: the whole set. */
  readonly service: string | null;
  readonly metric: Metric;
  readonly verdict: Verdict;
  /** Whether it is shown only. */
  readonly dryRun: boolean;
  readonly tests: readonly TrafficTest[];
  readonly baseline: TrafficBaseline | null;
  /** 95th percentile of the watch; null: errors, or no request. */
  readonly p95Seconds: number | null;
  /** Smallest rate of bad requests that this watch would have found with a chance of 90 %; null: none. */
  readonly couldHaveSeen: number | null;
}

/** Verdict on a release, and what it rests on. */
export interface TrafficVerdict {
  readonly verdict: Verdict;
  readonly missing: string | null;
  /** Evidence fails a test whose natural logarithm reaches this. */
  readonly neededLogEvidence: number;
  readonly metrics: readonly MetricVerdict[];
}

/** Judges a release by its traffic. It moves nothing, and may be asked as often as one likes. */
export function judgeTraffic(input: TrafficInput): TrafficVerdict {
  const needed = neededLogEvidence(input);
  const metrics = parts(input).flatMap(([service, traffic]) => [
    judge(service, "errors", traffic, needed),
    judge(service, "latency", traffic, needed),
  ]);
  return {
    verdict: overall(input, metrics),
    missing: input.missing,
    neededLogEvidence: needed,
    metrics,
  };
}

/** Whether a release fails already: the part of {@link judgeTraffic} that is quick enough for each second of a watch. */
export function isFailing(input: TrafficInput): boolean {
  const needed = neededLogEvidence(input);
  return parts(input).some(([, traffic]) =>
    [...errorTests(traffic), ...latencyTests(traffic)].some(
      (test) => !traffic.limits[test.metric].dryRun && test.logEvidence >= needed,
    ),
  );
}

function parts({ whole, services }: TrafficInput): (readonly [string | null, ServiceTraffic])[] {
  return [[null, whole], ...Object.entries(services)];
}

function neededLogEvidence(input: TrafficInput): number {
  const tests = parts(input).reduce((sum, [, traffic]) => sum + countTests(traffic), 0);
  return Math.log(Math.max(1, tests) / (input.alpha ?? DEFAULT_ALPHA));
}

function judge(
  service: string | null,
  metric: Metric,
  traffic: ServiceTraffic,
  needed: number,
): MetricVerdict {
  const tests = metric === "errors" ? errorTests(traffic) : latencyTests(traffic);
  const { latency } = sumCounts(traffic.watch);
  const seen = tests.map((test) => seenByTest(test, Math.exp(-needed)));
  const rates = seen.filter((rate) => rate !== null);
  return {
    ...{ service, metric, verdict: verdictOf(tests, needed), tests, baseline: traffic.baseline },
    dryRun: traffic.limits[metric].dryRun,
    p95Seconds: metric === "latency" ? quantileSeconds(latency, 1 - SLOW_SHARE) : null,
    couldHaveSeen: rates.length > 0 ? Math.min(...rates) : null,
  };
}

function verdictOf(tests: readonly TrafficTest[], needed: number): Verdict {
  if (tests.every(({ requests }) => requests === 0)) return "noData";
  if (tests.some(({ logEvidence }) => logEvidence >= needed)) return "fail";
  return tests.every((test) => rateBound(test) < test.passBelow) ? "pass" : "inconclusive";
}

/** One service that fails is enough to fail; to pass, all that is judged must pass, and something must be. */
function overall({ whole, missing }: TrafficInput, metrics: readonly MetricVerdict[]): Verdict {
  const judged = metrics.filter(({ dryRun }) => !dryRun);
  if (judged.some(({ verdict }) => verdict === "fail")) return "fail";
  if (missing !== null) return "error";
  if (sumCounts(whole.watch).requests === 0) return "noData";
  const passed = judged.length > 0 && judged.every(({ verdict }) => verdict === "pass");
  return passed ? "pass" : "inconclusive";
}
