/** What is accepted of one service's traffic, and how it is counted. */
export interface TrafficLimits {
  readonly errors: {
    /** Rate of bad requests that is never accepted. @default 0.05 */
    readonly maximum: number;
    /** How many times the rate before the switch is accepted. @default 1.5 */
    readonly tolerance: number;
    /** A rate up to here is accepted, whatever it was before. @default 0.005 */
    readonly floor: number;
    /** Whether it is measured and shown only. @default false */
    readonly dryRun: boolean;
  };
  readonly latency: {
    /** Latency that at least 95 % of the requests must not exceed. @default 2 */
    readonly maximumSeconds: number;
    /** How many times the 95th percentile before the switch is accepted; finds 1.3 times. @default 1.1 */
    readonly tolerance: number;
    /** Whether it is measured and shown only. @default false */
    readonly dryRun: boolean;
  };
}

/** Some of the limits; the others are the default ones. */
export interface TrafficLimitsInput {
  readonly errors?: Partial<TrafficLimits["errors"]>;
  readonly latency?: Partial<TrafficLimits["latency"]>;
}

const DEFAULT_TRAFFIC_LIMITS: TrafficLimits = {
  errors: { maximum: 0.05, tolerance: 1.5, floor: 0.005, dryRun: false },
  latency: { maximumSeconds: 2, tolerance: 1.1, dryRun: false },
};

/** Chance that a release which is no worse than accepted is sent back at all, over all its services and looks. */
export const DEFAULT_ALPHA = 0.02;

/** Share of slow requests that a 95th percentile stands for. */
export const SLOW_SHARE = 0.05;

/** Bad requests, and slow ones, of one client that count: one client that always fails is not the release. */
export const DEFAULT_BAD_PER_CLIENT = 5;

/** For so long after a switch latency does not count, since caches are cold. Errors do. */
export const DEFAULT_WARM_UP_SECONDS = 5;

/** With fewer requests before the switch there is nothing to compare with. */
export const MINIMUM_BASELINE_REQUESTS = 500;

/**
 * All limits of a service.
 *
 * @throws Error that names each limit which cannot be, with its value and the range.
 */
export function withDefaultLimits(input: TrafficLimitsInput = {}): TrafficLimits {
  const errors = { ...DEFAULT_TRAFFIC_LIMITS.errors, ...input.errors };
  const latency = { ...DEFAULT_TRAFFIC_LIMITS.latency, ...input.latency };
  const problems = [
    outside("errors.maximum", errors.maximum, 0.0001, 0.5),
    outside("errors.tolerance", errors.tolerance, 1, 100),
    outside("errors.floor", errors.floor, 0.0001, errors.maximum),
    outside("latency.maximumSeconds", latency.maximumSeconds, 0.001, 64),
    outside("latency.tolerance", latency.tolerance, 1, 100),
  ].filter((problem) => problem !== null);
  if (problems.length > 0) throw new Error(problems.join("\n"));
  return { errors, latency };
}

function outside(path: string, value: number, least: number, most: number): string | null {
  if (value >= least && value <= most) return null;
  return `${path}: must be from ${least} to ${most}, got ${value}; use a number in that range`;
}
