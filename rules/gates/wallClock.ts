/** A moment as clocks on a wall show it: `2026-03-02T14:00:00`. Such texts compare as their moments do, except while clocks go back. */
export type WallTime = string;

const DAY_MILLISECONDS = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();

/** What a clock in a time zone shows. */
export function wallTime(instant: Date, timeZone: string): WallTime {
  const parts = new Map(
    formatOf(timeZone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, value]),
  );
  const [date, time] = [
    ["year", "month", "day"],
    ["hour", "minute", "second"],
  ].map((types) => types.map((type) => parts.get(type as Intl.DateTimeFormatPartTypes)));
  return `${date!.join("-")}T${time!.join(":")}`;
}

/**
 * The first moment at which a clock shows a time, or has passed it: where clocks go forward over it, that is when they
 * do; where they go back over it, the first of the two.
 */
export function instantOf(wall: WallTime, timeZone: string): Date {
  const asUtc = Date.parse(`${wall}Z`);
  const offsetAt = (milliseconds: number) =>
    Date.parse(`${wallTime(new Date(milliseconds), timeZone)}Z`) - milliseconds;
  const [before, after] = [asUtc - DAY_MILLISECONDS, asUtc + DAY_MILLISECONDS];
  const candidates = [asUtc - offsetAt(before), asUtc - offsetAt(after)].sort((a, b) => a - b);
  const exact = candidates.find((one) => one + offsetAt(one) === asUtc);
  if (exact !== undefined) return new Date(exact);
  // No clock shows it: halve until the moment of the change is found, to the second.
  let [low, high] = [before, after];
  while (high - low > 1000) {
    const middle = low + Math.floor((high - low) / 2000) * 1000;
    if (offsetAt(middle) === offsetAt(before)) low = middle;
    else high = middle;
  }
  return new Date(high);
}

/** The day `days` after one: `2026-03-01` and 1 give `2026-03-02`. */
export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MILLISECONDS)
    .toISOString()
    .slice(0, 10);
}

/** `mon` to `sun`. */
export function weekdayOf(day: string): string {
  return ["sun", "mon", "tue", "wed", "thu", "fri", "sat"][
    new Date(`${day}T00:00:00Z`).getUTCDay()
  ]!;
}

/** `Mon 2 Mar 2026 14:00 Europe/Berlin`. */
export function showWallTime(instant: Date, timeZone: string): string {
  const wall = wallTime(instant, timeZone);
  const [day, time] = [wall.slice(0, 10), wall.slice(11, 16)];
  const weekday = weekdayOf(day);
  const month = new Intl.DateTimeFormat("en", { month: "short", timeZone: "UTC" }).format(
    new Date(`${day}T00:00:00Z`),
  );
  const name = weekday[0]!.toUpperCase() + weekday.slice(1);
  return `${name} ${Number(day.slice(8))} ${month} ${day.slice(0, 4)} ${time} ${timeZone}`;
}

/** Whether a name of a time zone is known: `Europe/Berlin`, `UTC`. */
export function isTimeZone(name: string): boolean {
  try {
    return formatOf(name) !== null;
  } catch {
    return false;
  }
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  const numbers = { year: "numeric", month: "2-digit", day: "2-digit" } as const;
  const times = { hour: "2-digit", minute: "2-digit", second: "2-digit" } as const;
  const format = new Intl.DateTimeFormat("en-US-u-ca-iso8601", {
    ...{ timeZone, hourCycle: "h23" },
    ...numbers,
    ...times,
  });
  formats.set(timeZone, format);
  return format;
}
