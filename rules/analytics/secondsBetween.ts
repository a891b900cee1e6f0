/** Seconds from one time to another, never less than none: clocks of deployers differ. */
export function secondsBetween(from: string, to: string): number {
  return Math.max(0, (Date.parse(to) - Date.parse(from)) / 1000);
}
