import type { MetricVerdict, TrafficVerdict } from "./trafficVerdict";
import type { WorstPath } from "./trafficTally";
import type { TrafficTest } from "./trafficTests";

/** The paths with most bad requests of a service; null: of all. */
export type WorstPaths = (service: string | null) => readonly WorstPath[];

/** Why a release fails, a line each metric: what was allowed, what was seen, and how strong the evidence is. */
export function describeFailures(verdict: TrafficVerdict, worst: WorstPaths): string[] {
  return failures(verdict).map(([metric, test]) => {
    const paths = metric.metric === "errors" ? worst(metric.service) : [];
    const where = paths.map(({ path, bad }) => `${path} (${bad})`).join(", ");
    return `${describeTest(metric, test, verdict.neededLogEvidence)}${where ? `; most of them: ${where}` : ""}`;
  });
}

/** Metrics that fail, each with its strongest test; the whole set only where no single service fails. */
function failures({ metrics, neededLogEvidence }: TrafficVerdict): [MetricVerdict, TrafficTest][] {
  const failing = metrics
    .filter(({ verdict, dryRun }) => verdict === "fail" && !dryRun)
    .map((metric): [MetricVerdict, TrafficTest] => [
      metric,
      metric.tests
        .filter(({ logEvidence }) => logEvidence >= neededLogEvidence)
        .reduce((best, test) => (test.logEvidence > best.logEvidence ? test : best)),
    ]);
  const ofServices = failing.filter(([{ service }]) => service !== null);
  return ofServices.length > 0 ? ofServices : failing;
}

function describeTest(
  { service, metric, baseline }: MetricVerdict,
  test: TrafficTest,
  needed: number,
): string {
  const name = service ?? "all services";
  const { requests, bad, allowed, slowerThanSeconds, comparison, logEvidence } = test;
  const seen = `${bad} of ${requests} requests (${percent(bad / requests)})`;
  const what =
    metric === "errors"
      ? `${seen} failed`
      : `${seen} took longer than ${seconds(slowerThanSeconds)}`;
  const before =
    comparison !== "absolute" && baseline
      ? metric === "errors"
        ? `, ${percent(baseline.bad / baseline.requests)} did before`
        : `, 95 % took at most ${seconds(baseline.p95Seconds)} before`
      : "";
  return (
    `${name}: ${what}; at most ${percent(allowed)} is accepted${before}; ` +
    `evidence ${logEvidence.toFixed(1)} of ${needed.toFixed(1)} needed`
  );
}

/** One line on how a watch goes. */
export function describeProgress({ metrics }: TrafficVerdict): string {
  const errors = metrics.find(({ service, metric }) => service === null && metric === "errors");
  const latency = metrics.find(({ service, metric }) => service === null && metric === "latency");
  const test = errors?.tests[0];
  if (!test || test.requests === 0) return "no requests yet";
  const p95 = latency?.p95Seconds ?? null;
  return (
    `${test.requests} requests, ${percent(test.bad / test.requests)} failed` +
    (p95 === null ? "" : `, 95 % within ${seconds(p95)}`)
  );
}

/** What a watch has found, in one line that leaves nothing of it out. */
export function describeVerdict(verdict: TrafficVerdict): string {
  const progress = describeProgress(verdict);
  const errors = verdict.metrics.find(
    ({ service, metric }) => service === null && metric === "errors",
  );
  const seen = errors?.couldHaveSeen ?? null;
  const reach =
    seen === null
      ? "too few to see any rate of failures"
      : `enough to see failures of ${percent(seen)} or more`;
  switch (verdict.verdict) {
    case "pass":
      return `${progress}: no worse than before (${reach})`;
    case "fail":
      return `${progress}: worse than accepted`;
    case "noData":
      return "no user has asked for anything, so nothing is known of it";
    case "inconclusive":
      return `${progress}: neither shown to be well nor to be worse (${reach})`;
    case "error":
      return `not all could be read (${progress}): ${verdict.missing}`;
  }
}

function percent(rate: number): string {
  const value = rate * 100;
  return `${value >= 10 ? value.toFixed(0) : value.toFixed(value >= 1 ? 1 : 2)} %`;
}

function seconds(value: number | null): string {
  return value === null ? "nothing" : `${value < 1 ? value.toFixed(3) : value.toFixed(2)} s`;
}
