import type { WorstPath } from "./trafficTally";
import type { Comparison, Metric } from "./trafficTests";
import type { TrafficVerdict, Verdict } from "./trafficVerdict";

/** What a verdict rests on, as the stack's events keep it: of each metric the test that says most. */
export interface VerdictEvidence {
  readonly verdict: Verdict;
  /** What of the traffic could not be read; left out: all was. */
  readonly missing?: string;
  /** Natural logarithm that the evidence needed. */
  readonly needed: number;
  readonly metrics: readonly MetricEvidence[];
}

export interface MetricEvidence {
  /** Left out: all services together. */
  readonly service?: string;
  readonly metric: Metric;
  readonly verdict: Verdict;
  readonly comparison: Comparison;
  readonly requests: number;
  readonly bad: number;
  /** Rate of bad requests that is allowed. */
  readonly allowed: number;
  /** From here on a request is slow, in seconds; left out: bad by its status. */
  readonly slowerThanSeconds?: number;
  /** Natural logarithm of the evidence that more are bad than allowed. */
  readonly evidence: number;
  /** What was known of the release before; left out: nothing. */
  readonly before?: {
    readonly requests: number;
    readonly bad: number;
    readonly p95Seconds: number | null;
  };
  /** The paths with most failed requests. */
  readonly worst?: readonly WorstPath[];
}

/** The evidence in a verdict; metrics without a request are left out. */
export function evidenceOf(
  { verdict, missing, neededLogEvidence, metrics }: TrafficVerdict,
  worst: (service: string | null) => readonly WorstPath[],
): VerdictEvidence {
  return {
    verdict,
    ...(missing === null ? {} : { missing }),
    needed: rounded(neededLogEvidence),
    metrics: metrics.flatMap(({ service, metric, verdict: its, tests, baseline }) => {
      const seen = tests.filter(({ requests }) => requests > 0);
      if (seen.length === 0) return [];
      const test = seen.reduce((most, each) => (each.logEvidence > most.logEvidence ? each : most));
      const paths = metric === "errors" && test.bad > 0 ? worst(service) : [];
      return [
        {
          ...(service === null ? {} : { service }),
          ...{ metric, verdict: its, comparison: test.comparison },
          ...{ requests: test.requests, bad: test.bad, allowed: rounded(test.allowed) },
          ...(test.slowerThanSeconds === null
            ? {}
            : { slowerThanSeconds: rounded(test.slowerThanSeconds) }),
          evidence: rounded(test.logEvidence),
          ...(baseline && {
            before: {
              requests: baseline.requests,
              bad: baseline.bad,
              p95Seconds: baseline.p95Seconds,
            },
          }),
          ...(paths.length > 0 && { worst: paths }),
        },
      ];
    }),
  };
}

/** Six digits say all there is to know. */
function rounded(value: number): number {
  return Number(value.toPrecision(6));
}
