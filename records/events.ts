import { createHash } from "node:crypto";
import type { ChangeOrigin } from "../release/history";
import type { Color } from "../release/release";
import type { RecordStore } from "./recordStore";

/**
 * What can happen to a stack. `taken over`: the stack is older than its events; what served then is the first one.
 * `went back`: users got the release before again, after a watch had failed or an update was cancelled.
 */
export type EventKind =
  | "taken over"
  | "claimed"
  | "secrets delivered"
  | "proven"
  | "rejected"
  | "moved"
  | "went back"
  | "retired"
  | "destroyed";

/** What whoever has done something says of it. */
export interface EventFacts {
  readonly kind: EventKind;
  /** Id of the release it is about. */
  readonly release?: string;
  readonly color?: Color;
  /** What was found, or what the deployer gave as the reason. */
  readonly reason?: string;
  /** How long it took. */
  readonly seconds?: number;
}

/** One thing that has happened to a stack; never changed, never removed. */
export interface StackEvent extends EventFacts, ChangeOrigin {
  /** Counts from 1 without a gap. */
  readonly number: number;
  /** SHA-256 of the event before, in hex; null: the first. */
  readonly previous: string | null;
}

/** The last event. Only a hint where to look: whoever has written an event may have died before it wrote this. */
export interface EventHead {
  readonly number: number;
  readonly hash: string;
}

const HEAD = "lastEvent";
const START = { number: 0, hash: null };

/** A stack's append-only log: one document an event, each with the hash of the one before. */
export class EventLog {
  constructor(private readonly store: RecordStore) {}

  /** The last event by its number and hash; null: there is none. */
  async head(): Promise<EventHead | null> {
    let head: EventHead | typeof START = (await this.store.read<EventHead>(HEAD)) ?? START;
    for (;;) {
      const next = await this.read(head.number + 1);
      if (next === null) return head.hash === null ? null : head;
      head = headOf(next);
    }
  }

  /** Adds an event. Writers at the same moment both get in, one after the other. */
  async append(facts: EventFacts & ChangeOrigin): Promise<StackEvent> {
    for (;;) {
      const { number, hash } = (await this.head()) ?? START;
      const event = { number: number + 1, ...facts, previous: hash };
      if (!(await this.store.create(keyOf(event.number), event))) continue;
      await this.store.write(HEAD, headOf(event));
      return event;
    }
  }

  /** All events that are there, oldest first. */
  async list(): Promise<StackEvent[]> {
    const last = (await this.head())?.number ?? 0;
    const numbers = Array.from({ length: last }, (_, index) => index + 1);
    const events = await Promise.all(numbers.map((number) => this.read(number)));
    return events.filter((event) => event !== null);
  }

  private read(number: number): Promise<StackEvent | null> {
    return this.store.read<StackEvent>(keyOf(number));
  }
}

/**
 * What is wrong with a stack's events: one that is gone, or was changed after it was written. The last one has nobody
 * behind it that tells, so its hash is compared with one that was noted elsewhere.
 *
 * @param head the last event by the stack's records.
 * @param noted an event's number and hash, as they were noted elsewhere.
 */
export function findBrokenLinks(
  events: readonly StackEvent[],
  head: EventHead | null,
  noted: EventHead | null = null,
): string[] {
  const problems: string[] = [];
  const byNumber = new Map(events.map((event) => [event.number, event]));
  const last = Math.max(head?.number ?? 0, noted?.number ?? 0);
  let before: StackEvent | null = null;
  for (let number = 1; number <= last; number += 1) {
    const event = byNumber.get(number);
    if (!event) problems.push(`event ${number} is missing`);
    else if (number === 1 ? event.previous !== null : before && event.previous !== hashOf(before)) {
      problems.push(
        number === 1
          ? "event 1 names an event before it"
          : `event ${number - 1} is not what event ${number} was written after: it was changed, or put in its place`,
      );
    }
    before = event ?? null;
  }
  for (const known of [head, noted]) {
    const event = known && byNumber.get(known.number);
    if (event && hashOf(event) !== known.hash) {
      problems.push(`event ${known.number} has hash ${hashOf(event)}, but ${known.hash} was noted`);
    }
  }
  return [...new Set(problems)];
}

/** SHA-256 in hex of an event's JSON. */
export function hashOf(event: StackEvent): string {
  return createHash("sha256").update(JSON.stringify(event)).digest("hex");
}

function headOf(event: StackEvent): EventHead {
  return { number: event.number, hash: hashOf(event) };
}

function keyOf(number: number): string {
  return `events/${String(number).padStart(8, "0")}`;
}
