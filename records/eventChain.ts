import { createHash } from "node:crypto";
import type { EventHead } from "../release/history";
import type { StackEvent } from "./event";

/** A place where a stack's events are not what was written. */
export interface ChainBreak {
  /** Number of the event. */
  readonly event: number;
  /** What is wrong, for people. */
  readonly says: string;
}

/** SHA-256 in hex of an event's JSON. */
export function hashOf(event: StackEvent): string {
  return createHash("sha256").update(JSON.stringify(event)).digest("hex");
}

/** An event by its number and hash. */
export function headOf(event: StackEvent): EventHead {
  return { number: event.number, hash: hashOf(event) };
}

/** The last event that was taken out on purpose, as the event of that says; null: all are kept. */
export function beginOf(events: readonly StackEvent[]): EventHead | null {
  return events.findLast(({ kind }) => kind === "events pruned")?.until ?? null;
}

/**
 * What is wrong with a stack's events: one that is gone, or was changed after it was written. The last one has nobody
 * behind it that tells, so its hash is compared with one that was noted elsewhere.
 *
 * @param events what is there, oldest first.
 * @param head the last event by the stack's records.
 * @param noted an event's number and hash, as they were noted elsewhere.
 * @returns in the order of the events.
 */
export function findBreaks(
  events: readonly StackEvent[],
  head: EventHead | null,
  noted: EventHead | null = null,
): ChainBreak[] {
  const begin = beginOf(events);
  const last = Math.max(head?.number ?? 0, noted?.number ?? 0);
  const breaks = findLeftovers(events, begin);
  let before = begin;
  for (const event of events.filter(({ number }) => number > (begin?.number ?? 0))) {
    const missing = gap((before?.number ?? 0) + 1, event.number - 1);
    if (missing) breaks.push(missing);
    else if (event.previous !== (before && before.hash)) breaks.push(describeBreak(event));
    before = headOf(event);
  }
  const missing = gap((before?.number ?? 0) + 1, last);
  if (missing) breaks.push(missing);
  for (const known of [head, noted]) {
    const event = known && events.find(({ number }) => number === known.number);
    if (!event || hashOf(event) === known.hash) continue;
    const says = `event ${known.number} has hash ${hashOf(event)}, but ${known.hash} was noted`;
    breaks.push({ event: known.number, says });
  }
  const told = new Set<string>();
  const news = breaks.filter(({ says }) => !told.has(says) && told.add(says));
  return news.sort((one, other) => one.event - other.event);
}

/** What {@link findBreaks} finds, a line each. */
export function findBrokenLinks(
  events: readonly StackEvent[],
  head: EventHead | null,
  noted: EventHead | null = null,
): string[] {
  return findBreaks(events, head, noted).map(({ says }) => says);
}

/** Whoever took them out died, or somebody has put one there again: nothing says any more what they were. */
function findLeftovers(events: readonly StackEvent[], begin: EventHead | null): ChainBreak[] {
  const [first, ...more] = events.filter(({ number }) => number <= (begin?.number ?? 0));
  if (!first) return [];
  const last = more.at(-1);
  const what = last ? `events ${first.number} to ${last.number} are` : `event ${first.number} is`;
  const says = `${what} there, and all up to ${begin?.number} were taken out; run \`maestro history prune\` again`;
  return [{ event: first.number, says }];
}

function gap(first: number, last: number): ChainBreak | null {
  if (first > last) return null;
  const says =
    first === last ? `event ${first} is missing` : `events ${first} to ${last} are missing`;
  return { event: first, says };
}

function describeBreak({ number }: StackEvent): ChainBreak {
  if (number === 1) return { event: 1, says: "event 1 names an event before it" };
  const says = `event ${number - 1} is not what event ${number} was written after: it was changed, or put in its place`;
  return { event: number - 1, says };
}
