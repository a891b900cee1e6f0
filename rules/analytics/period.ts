const UNITS: Readonly<Record<string, number>> = { h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/**
 * When a period begins: `90d`, `12w` or `36h` before a moment, or a day, `2026-09-01` (UTC).
 *
 * @throws Error naming what was given and what can be.
 */
export function parsePeriod(text: string, until: Date): Date {
  const [, number, unit = ""] = /^(\d{1,4})([hdw])$/.exec(text) ?? [];
  const begin = number
    ? new Date(until.getTime() - Number(number) * UNITS[unit]!)
    : new Date(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : Number.NaN);
  if (Number.isNaN(begin.getTime()) || begin >= until) {
    throw new Error(
      `--since: must be a period such as 90d, 12w or 36h, or a day before now such as 2026-09-01, got ${JSON.stringify(text)}`,
    );
  }
  return begin;
}
