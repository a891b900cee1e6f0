import type { TrafficLimitsInput } from "../../release/trafficLimits";

/** A Prometheus that has what `maestro metrics serve` tells of a stack. */
export interface TrafficSource {
  /** As the deployer reaches it: `http://127.0.0.1:9090`. */
  readonly url: string;
  /** Value of the label `stack`. */
  readonly stack: string;
}

/** What is accepted of a release's traffic while it is watched. */
export interface WatchInput {
  /** What becomes of a release of which the watch can say neither. @default "keep" */
  readonly onInconclusive?: "keep" | "extend" | "back";
  /** Percentage of clients who keep the release before for so long, so that both are compared. @default 0 */
  readonly holdBackPercent?: number;
  /** Prometheus that is asked what users get; absent: it is read where they get it. */
  readonly prometheus?: TrafficSource;
  /** For services without their own, and for the whole set. */
  readonly all: TrafficLimitsInput;
  readonly services: Readonly<Record<string, TrafficLimitsInput>>;
}
