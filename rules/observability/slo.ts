/** What users may expect of a service. */
export interface SloSettings {
  /** Share of requests that are answered without a failure, in percent. @default 99.5 */
  readonly objectivePercent: number;
  /** Over how long that holds, in days. @default 30 */
  readonly periodDays: number;
  /** From when on an answer counts as slow, in seconds: the upper end of a bucket. @default 1 */
  readonly slowSeconds: number;
}

/** A pair of windows over which failures are compared with what the objective leaves. */
export interface BurnWindow {
  /** Whoever is told: `page` wakes a person, `ticket` can wait for the morning. */
  readonly severity: "page" | "ticket";
  readonly long: Window;
  /** Ends the alert soon after the failures have ended. */
  readonly short: Window;
  /** Share of the period's budget that is used up within the long window. */
  readonly share: number;
}

/** Over which stretches requests are counted; the length in seconds. */
export const WINDOWS = {
  "1m": 60,
  "5m": 300,
  "30m": 1_800,
  "1h": 3_600,
  "6h": 21_600,
  "1d": 86_400,
  "3d": 259_200,
} as const;

export type Window = keyof typeof WINDOWS;

/** After the SRE workbook, as sloth has them. */
export const BURN_WINDOWS: readonly BurnWindow[] = [
  { severity: "page", long: "1h", short: "5m", share: 0.02 },
  { severity: "page", long: "6h", short: "30m", share: 0.05 },
  { severity: "ticket", long: "1d", short: "1h", share: 0.1 },
  { severity: "ticket", long: "3d", short: "6h", share: 0.1 },
];

/** Where an objective leaves so much that less could not use it up, half of all requests are too many anyway. */
const MOST = 0.5;

/** Share of requests that may fail, such as 0.005. */
export function budgetOf({ objectivePercent }: SloSettings): number {
  return rounded((100 - objectivePercent) / 100);
}

/** From which share of failed requests on the window's part of the budget is used up: 0.072 for 99.5 % in 1h of 30 days. */
export function burnThreshold(slo: SloSettings, { long, share }: BurnWindow): number {
  const factor = (share * slo.periodDays * WINDOWS["1d"]) / WINDOWS[long];
  return rounded(Math.min(factor * budgetOf(slo), MOST));
}

/** Without the digits that come of binary fractions. */
function rounded(value: number): number {
  return Number(value.toPrecision(6));
}
