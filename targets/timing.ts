/** Seconds since `start` (from `performance.now()`), for people. */
export function elapsed(start: number): string {
  return `${secondsSince(start).toFixed(2)} s`;
}

/** Seconds since `start` (from `performance.now()`), to the hundredth. */
export function secondsSince(start: number): number {
  return Math.round((performance.now() - start) / 10) / 100;
}

/** Resolves after the given time. */
export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
