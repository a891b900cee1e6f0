import { addDays, instantOf, showWallTime, wallTime, weekdayOf, type WallTime } from "./wallClock";

/** Hours of a week in which releases may go out. */
export interface WeeklyHours {
  /** `mon` to `sun`; hours over midnight belong to the day they start on. */
  readonly days: readonly string[];
  /** `14:00`; it is within the hours. */
  readonly from: string;
  /** `16:00`, up to `24:00`; it is not within them any more. At or before `from`: the next day's. */
  readonly to: string;
}

/** A time in which no release goes out. */
export interface Freeze {
  /** `2026-12-20T00:00` */
  readonly from: string;
  /** The first minute after it. */
  readonly to: string;
  readonly reason: string;
}

/** When a stack may be released. */
export interface DeployWindow {
  /** Zone of all its times: `Europe/Berlin`. */
  readonly timeZone: string;
  /** Any of them lets a release out; empty: all hours do. */
  readonly open: readonly WeeklyHours[];
  /** Any of them keeps it in. */
  readonly freezes: readonly Freeze[];
}

/** How far ahead the next change is looked for after now, and after the end of each freeze. */
const DAYS_AHEAD = 8;

/**
 * Why nothing may be released at a moment, and when that changes; null: releases may go out. Times are those of clocks on
 * the wall, so an hour that clocks skip opens nothing, and one that they show twice counts twice.
 */
export function refusalOf(window: DeployWindow, now: Date): string | null {
  const { timeZone } = window;
  const wall = wallTime(now, timeZone);
  const freeze = freezeAt(window, wall);
  const reason = freeze
    ? `frozen: ${freeze.reason}`
    : isOpen(window, wall)
      ? null
      : "outside of the hours for releases";
  if (reason === null) return null;
  const next = nextChange(window, now);
  return `${reason}; ${next ? `opens ${showWallTime(next, timeZone)}` : "no hours are left to open it"}`;
}

/** Until when releases may go out; null: for as long as can be told, or not at all now. */
export function openUntil(window: DeployWindow, now: Date): string | null {
  if (!isOpen(window, wallTime(now, window.timeZone))) return null;
  const next = nextChange(window, now);
  return next && showWallTime(next, window.timeZone);
}

function isOpen(window: DeployWindow, wall: WallTime): boolean {
  if (freezeAt(window, wall)) return false;
  return window.open.length === 0 || window.open.some((hours) => holds(hours, wall));
}

function freezeAt({ freezes }: DeployWindow, wall: WallTime): Freeze | undefined {
  return freezes.find(({ from, to }) => whole(from) <= wall && wall < whole(to));
}

function holds({ days, from, to }: WeeklyHours, wall: WallTime): boolean {
  const today = wall.slice(0, 10);
  const time = wall.slice(11, 16);
  const isOvernight = to <= from;
  if (days.includes(weekdayOf(today)) && time >= from && (isOvernight || time < to)) return true;
  return isOvernight && time < to && days.includes(weekdayOf(addDays(today, -1)));
}

/** The next moment at which the answer is another one; null: none that can be told. */
function nextChange(window: DeployWindow, now: Date): Date | null {
  const { timeZone, freezes } = window;
  const before = isOpen(window, wallTime(now, timeZone));
  const edges = freezes.flatMap(({ from, to }) => [whole(from), whole(to)]);
  const bases = [wallTime(now, timeZone), ...freezes.map(({ to }) => whole(to))];
  const candidates = [...edges, ...bases.flatMap((base) => weeklyEdges(window, base))];
  const later = [...new Set(candidates)]
    .map((wall) => instantOf(wall, timeZone))
    .filter((instant) => instant > now)
    .sort((a, b) => a.getTime() - b.getTime());
  return later.find((instant) => isOpen(window, wallTime(instant, timeZone)) !== before) ?? null;
}

function weeklyEdges({ open }: DeployWindow, base: WallTime): WallTime[] {
  return Array.from({ length: DAYS_AHEAD + 1 }, (_, day) =>
    addDays(base.slice(0, 10), day - 1),
  ).flatMap((day) =>
    open
      .filter(({ days }) => days.includes(weekdayOf(day)))
      .flatMap(({ from, to }) => [at(day, from), at(to <= from ? addDays(day, 1) : day, to)]),
  );
}

function at(day: string, time: string): WallTime {
  return time === "24:00" ? `${addDays(day, 1)}T00:00:00` : `${day}T${time}:00`;
}

/** `2026-12-20T00:00` with its seconds. */
function whole(time: string): WallTime {
  return `${time}:00`;
}
