/** What somebody answers for, for a time. */
export interface Waiver {
  readonly reason: string;
  readonly owner: string;
  /** From then on it holds no more; at most 90 days ahead. `2026-12-20T00:00`, UTC. */
  readonly expires: string;
}

/** Longer than this nobody remembers why something is let pass. */
export const WAIVER_DAYS = 90;
const DAY = 86_400_000;

/** What is wrong with waivers, a line each; empty: nothing. */
export function findWaiverProblems<Kind extends Waiver>(
  waivers: readonly Kind[],
  nameOf: (waiver: Kind) => string,
  now: Date,
): string[] {
  return waivers
    .filter(({ expires }) => timeOf(expires) - now.getTime() > WAIVER_DAYS * DAY)
    .map(
      (waiver) =>
        `the waiver of ${nameOf(waiver)} runs until ${waiver.expires}; at most ${WAIVER_DAYS} days count`,
    );
}

/** Whether a waiver still holds. */
export function isCurrent({ expires }: Waiver, now: Date): boolean {
  return now.getTime() < timeOf(expires);
}

function timeOf(wallTime: string): number {
  return Date.parse(`${wallTime}:00Z`);
}
