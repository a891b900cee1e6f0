import { METRICS, type MetricName } from "./metricNames";
import { selector, type Labels } from "./promql";
import { budgetOf, WINDOWS, type SloSettings, type Window } from "./slo";

/** A rule of Prometheus that records a series. */
export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Rules that are evaluated together. */
export interface RuleGroup<Rule> {
  readonly name: string;
  /** Prometheus' own interval if left out. */
  readonly interval?: string;
  readonly rules: readonly Rule[];
}

/** What is counted of requests, by service and set. */
export const COUNTED = ["requests", "bad", "slow"] as const;
export type Counted = (typeof COUNTED)[number];

/** Shares of the requests whose time to an answer is recorded, over 5 minutes. */
export const QUANTILES = { p50: 0.5, p95: 0.95, p99: 0.99 } as const;
export type Quantile = keyof typeof QUANTILES;

/** Long windows have many samples to read and change slowly; a series older than 5 minutes would count as gone. */
const INTERVALS: Partial<Record<Window, string>> = { "6h": "1m", "1d": "2m", "3d": "2m" };

const BY_SET = "stack, service, set";
const BY_SERVICE = "stack, service";

/** Name of the requests a second of a kind, by service and set: `service_set:maestro_edge_bad:rate5m`. */
export function rateOf(counted: Counted, window: Window): string {
  return `service_set:maestro_edge_${counted}:rate${window}`;
}

/** Name of the share of a kind among all requests of a service, of both sets: `service:maestro_edge_bad:ratio5m`. */
export function ratioOf(counted: Exclude<Counted, "requests">, window: Window): string {
  return `service:maestro_edge_${counted}:ratio${window}`;
}

/** Name of how many requests of a kind a service has had, of both sets: `service:maestro_edge_bad:increase1h`. */
export function increaseOf(counted: Counted, window: Window): string {
  return `service:maestro_edge_${counted}:increase${window}`;
}

/** Name of the seconds within which a share of the answers has begun: `service_set:maestro_edge_duration_seconds:p95`. */
export function quantileOf(quantile: Quantile): string {
  return `service_set:maestro_edge_duration_seconds:${quantile}`;
}

/** Names of all recorded series, with their labels besides `stack`. */
export function recordedNames(): ReadonlyMap<string, readonly string[]> {
  const windows = Object.keys(WINDOWS) as Window[];
  const bySet = [
    ...windows.flatMap((window) => COUNTED.map((counted) => rateOf(counted, window))),
    ...(Object.keys(QUANTILES) as Quantile[]).map(quantileOf),
  ];
  const byService = windows.flatMap((window) => [
    ...COUNTED.map((counted) => increaseOf(counted, window)),
    ...(["bad", "slow"] as const).map((counted) => ratioOf(counted, window)),
  ]);
  return new Map<string, readonly string[]>([
    ...bySet.map((name) => [name, ["service", "set"]] as const),
    ...byService.map((name) => [name, ["service"]] as const),
    [BUDGET, ["service"]],
    [CLASSES, ["service", "class"]],
  ]);
}

/** Name of the requests a second of a service by the class of their answers' status, over 5 minutes. */
export const CLASSES = "service_class:maestro_edge_requests:rate5m";

/** Name of the share of requests that may fail, from services.yaml. */
export const BUDGET = "service:maestro_slo_budget:ratio";

/**
 * What dashboards and alerts read: requests, failed and slow ones of each service over each window, how long answers
 * take, and what the objectives leave.
 *
 * @param stack value of the label `stack`; several stacks may be in one Prometheus.
 */
export function recordingGroups(
  stack: string,
  slos: Readonly<Record<string, SloSettings>>,
): RuleGroup<RecordingRule>[] {
  const windows = Object.keys(WINDOWS) as Window[];
  return [
    ...windows.map((window) => ({
      name: `maestro ${stack} ${window}`,
      ...(INTERVALS[window] && { interval: INTERVALS[window] }),
      rules: windowRules(stack, slos, window),
    })),
    {
      name: `maestro ${stack} answers`,
      rules: [...quantileRules(stack), classRule(stack), ...budgetRules(stack, slos)],
    },
  ];
}

/** Rates come first, those of all requests before the others: rules of a group are evaluated in their order, and the others read them. */
function windowRules(
  stack: string,
  slos: Readonly<Record<string, SloSettings>>,
  window: Window,
): RecordingRule[] {
  const rate = ({ name }: MetricName, labels: Labels = {}, part = "") =>
    `sum by (${BY_SET}) (rate(${name}${part}${selector({ stack, ...labels })}[${window}]))`;
  const recorded = (name: string) => `sum by (${BY_SERVICE}) (${name}${selector({ stack })})`;
  return [
    { record: rateOf("requests", window), expr: rate(METRICS.edgeRequests) },
    {
      record: rateOf("bad", window),
      // Of a service without a failure there may be no such series, and its share is 0 all the same.
      expr: `${rate(METRICS.edgeBadRequests)} or ${rateOf("requests", window)}${selector({ stack })} * 0`,
    },
    ...Object.entries(slos).map(([service, { slowSeconds }]) => ({
      record: rateOf("slow", window),
      // What is extrapolated of the two may differ by a little.
      expr: `clamp_min(${rate(METRICS.edgeDuration, { service }, "_count")} - ${rate(
        METRICS.edgeDuration,
        { service, le: slowSeconds },
        "_bucket",
      )}, 0)`,
      // It has it already; a rule is told from the others by it.
      labels: { service },
    })),
    ...COUNTED.map((counted) => ({
      record: increaseOf(counted, window),
      expr: `${recorded(rateOf(counted, window))} * ${WINDOWS[window]}`,
    })),
    // Without a request there is no share: a quiet service is neither good nor bad.
    ...(["bad", "slow"] as const).map((counted) => ({
      record: ratioOf(counted, window),
      expr: `${recorded(rateOf(counted, window))} / (${recorded(rateOf("requests", window))} > 0)`,
    })),
  ];
}

function quantileRules(stack: string): RecordingRule[] {
  const buckets = `${METRICS.edgeDuration.name}_bucket${selector({ stack })}`;
  return Object.entries(QUANTILES).map(([quantile, share]) => ({
    record: quantileOf(quantile as Quantile),
    expr: `histogram_quantile(${share}, sum by (${BY_SET}, le) (rate(${buckets}[5m])))`,
  }));
}

function classRule(stack: string): RecordingRule {
  const requests = `${METRICS.edgeRequests.name}${selector({ stack })}`;
  return { record: CLASSES, expr: `sum by (${BY_SERVICE}, class) (rate(${requests}[5m]))` };
}

function budgetRules(stack: string, slos: Readonly<Record<string, SloSettings>>): RecordingRule[] {
  return Object.entries(slos).map(([service, slo]) => ({
    record: BUDGET,
    expr: `vector(${budgetOf(slo)})`,
    labels: { stack, service },
  }));
}
