import type { Color } from "./release";

/** Shares of clients that the edge can tell apart, in percent. */
export const SHARES = [1, 5, 10, 25, 50, 75] as const;

/** A share of clients that gets the new set, and for how long it is watched. */
export interface CanaryStep {
  /** One of {@link SHARES}; the last step has 100. */
  readonly percent: number;
  readonly watchSeconds: number;
}

/** How a new release gets its clients: some at first. */
export interface CanarySettings {
  readonly steps: readonly CanaryStep[];
  /** `wait`: one update takes all steps. `step`: each update takes one, and ends. */
  readonly mode: "wait" | "step";
}

/** A canary that is under way, as the stack's records have it: what was done last. */
export interface CanaryRecord {
  readonly release: string;
  /** The set that some of the clients get. */
  readonly color: Color;
  /** Index of the step, from 0. */
  readonly step: number;
  readonly percent: number;
  /** When that step began. ISO 8601, UTC. */
  readonly since: string;
  /** Whether its watch is over, and the next step may be taken. */
  readonly isWatched: boolean;
}

/**
 * Whether only some of the clients get the release. From the switch of its last step until that step's watch is over
 * the record is still there, and all clients get the set.
 *
 * @param active the set that all others get; null: none serves.
 */
export function isShared(canary: CanaryRecord | null, active: Color | null): boolean {
  return canary !== null && canary.color !== active;
}

/** What an operator wants of a canary: that it stays at its step, goes to 100 % at once, or is ended. */
export interface CanaryWish {
  readonly release: string;
  readonly wants: "pause" | "promote" | "abort";
  readonly by: string;
  readonly at: string;
}

/**
 * The step that an update begins with.
 *
 * @param under the canary that is under way; null: none.
 * @returns index of the step; that of the last one stands for the whole.
 */
export function firstStep(
  { steps }: CanarySettings,
  release: string,
  under: CanaryRecord | null,
): number {
  if (under?.release !== release) return 0;
  // The steps may have been changed meanwhile: what was reached is told by its share.
  const reached = steps.findIndex(({ percent }) => percent >= under.percent);
  return under.isWatched && steps[reached]?.percent === under.percent ? reached + 1 : reached;
}

/** `10 % for 120 s, 50 % for 120 s, all for 60 s` */
export function describeSteps(steps: readonly CanaryStep[]): string {
  return steps
    .map(({ percent, watchSeconds }) => `${describeShare(percent)} for ${watchSeconds} s`)
    .join(", ");
}

/** `10 % of the clients`, shortened where it stands in a list. */
export function describeShare(percent: number): string {
  return percent === 100 ? "all" : `${percent} %`;
}
