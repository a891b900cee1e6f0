import { createHash } from "node:crypto";
import type { ChangeOrigin, EventHead } from "../release/history";
import type { Color } from "../release/release";
import type { VerdictEvidence } from "../release/trafficEvidence";
import type { Verdict } from "../release/trafficVerdict";
import type { RecordStore } from "./recordStore";

/**
 * What can happen to a stack. `shared`: a share of the clients has got a release, the others the one before. `no healthy
 * set`: what serves is bad, and so is the set to go back to. `taken over`: the stack is older than its events; what served then is the first one.
 * `went back`: users got the release before again, after a watch had failed or an update was cancelled.
 */
export type EventKind =
  | "taken over"
  | "claimed"
  | "secret changed"
  | "secrets delivered"
  | "backed up"
  | "migrated"
  | "restored"
  | "proven"
  | "approved"
  | "gate overridden"
  | "rejected"
  | "shared"
  | "moved"
  | "watched"
  | "no healthy set"
  | "went back"
  | "retired"
  | "destroyed";

/** What whoever has done something says of it. */
export interface EventFacts {
  readonly kind: EventKind;
  /** Id of the release it is about. */
  readonly release?: string;
  readonly color?: Color;
  /** The service it is about, where it is about one. */
  readonly service?: string;
  /** Services of which it differs from what served then, where it is a claim. */
  readonly services?: readonly string[];
  /** What was found, or what the deployer gave as the reason. */
  readonly reason?: string;
  /** How long it took. */
  readonly seconds?: number;
  /** Who has agreed to it, and by which documents, where that was asked for. */
  readonly approvals?: readonly {
    readonly by: string;
    readonly key: string;
    readonly document: string;
  }[];
  /** What users got of the release, where it was judged by that. */
  readonly evidence?: VerdictEvidence;
}

/** One thing that has happened to a stack; never changed, never removed. */
export interface StackEvent extends EventFacts, ChangeOrigin {
  /** Counts from 1 without a gap. */
  readonly number: number;
  /** SHA-256 of the event before, in hex; null: the first. */
  readonly previous: string | null;
}

/** Document with the last event's head: a hint where to look, since whoever writes an event may die before this. */
const HEAD = "lastEvent";
const EVENTS = "events";
const READ_AT_ONCE = 64;
/** What a watch before it says nothing of. */
const MOVES: readonly EventKind[] = ["moved", "taken over", "went back"];

/** A stack's append-only log: one document an event, each with the hash of the one before. */
export class EventLog {
  constructor(private readonly store: RecordStore) {}

  /** The last event by its number and hash; null: there is none. */
  async head(): Promise<EventHead | null> {
    let head = await this.hint();
    for (;;) {
      const next = await this.read((head?.number ?? 0) + 1);
      if (next === null) return head;
      head = headOf(next);
    }
  }

  /** Adds an event. Writers at the same moment both get in, one after the other. */
  async append(facts: EventFacts & ChangeOrigin): Promise<StackEvent> {
    for (;;) {
      const head = await this.head();
      const event = { number: (head?.number ?? 0) + 1, ...facts, previous: head?.hash ?? null };
      if (!(await this.store.create(keyOf(event.number), event))) continue;
      await this.store.write(HEAD, headOf(event));
      return event;
    }
  }

  /**
   * What the watch has said of the release that the traffic was moved to last; null: it was not watched, or no event
   * tells.
   *
   * @param head the last event.
   */
  async lastVerdict(head: EventHead, release: string): Promise<Verdict | null> {
    for (let number = head.number; number > 0; number--) {
      const event = await this.read(number);
      if (event === null || MOVES.includes(event.kind)) return null;
      if (event.kind === "watched" && event.release === release) {
        return event.evidence?.verdict ?? null;
      }
    }
    return null;
  }

  /**
   * Whether users have got a release before, and it was neither rejected nor taken back at once; null: no event tells of
   * it, so it is new, or older than the events.
   */
  async hasServed(release: string): Promise<boolean | null> {
    let isKnown = false;
    let after: StackEvent | null = null;
    for await (const event of this.newestFirst()) {
      const { kind, color } = event;
      const isMove = kind === "moved" || kind === "taken over";
      if (event.release === release) {
        isKnown = true;
        if (kind === "rejected") return false;
        // Users of a canary go back to the set that had been moved to before, which undoes no move.
        const isUndone =
          after?.kind === "went back" && (color === undefined || after.color !== color);
        if (isMove && !isUndone) return true;
      }
      if (isMove || kind === "went back") after = event;
    }
    return isKnown ? false : null;
  }

  /** All events that are there, oldest first. */
  async list(): Promise<StackEvent[]> {
    const events: StackEvent[] = [];
    for await (const event of this.newestFirst()) events.push(event);
    return events.reverse();
  }

  /** A long log has more documents than a process may open files, so only some are read at once. */
  private async *newestFirst(): AsyncGenerator<StackEvent> {
    const numbers = (await this.numbers()).reverse();
    for (let start = 0; start < numbers.length; start += READ_AT_ONCE) {
      const some = numbers.slice(start, start + READ_AT_ONCE);
      const events = await Promise.all(some.map((number) => this.read(number)));
      yield* events.filter((event) => event !== null);
    }
  }

  /** Where the last event is by its note; where that is gone or damaged, by the documents that are there. */
  private async hint(): Promise<EventHead | null> {
    const noted = await this.store.read<Partial<EventHead>>(HEAD);
    if (Number.isSafeInteger(noted?.number) && typeof noted?.hash === "string") {
      return noted as EventHead;
    }
    const last = (await this.numbers()).at(-1);
    const event = last === undefined ? null : await this.read(last);
    return event && headOf(event);
  }

  private async numbers(): Promise<number[]> {
    return (await this.store.list(EVENTS))
      .map((key) => Number(key.slice(EVENTS.length + 1)))
      .filter((number) => Number.isSafeInteger(number) && number > 0)
      .sort((a, b) => a - b);
  }

  private read(number: number): Promise<StackEvent | null> {
    return this.store.read<StackEvent>(keyOf(number));
  }
}

/**
 * What is wrong with a stack's events: one that is gone, or was changed after it was written. The last one has nobody
 * behind it that tells, so its hash is compared with one that was noted elsewhere.
 *
 * @param events what is there, oldest first.
 * @param head the last event by the stack's records.
 * @param noted an event's number and hash, as they were noted elsewhere.
 */
export function findBrokenLinks(
  events: readonly StackEvent[],
  head: EventHead | null,
  noted: EventHead | null = null,
): string[] {
  const problems: string[] = [];
  const last = Math.max(head?.number ?? 0, noted?.number ?? 0);
  let before: StackEvent | null = null;
  for (const event of events) {
    const missing = gap((before?.number ?? 0) + 1, event.number - 1);
    if (missing) problems.push(missing);
    else if (event.previous !== (before && hashOf(before))) problems.push(describeBreak(event));
    before = event;
  }
  const missing = gap((before?.number ?? 0) + 1, last);
  if (missing) problems.push(missing);
  for (const known of [head, noted]) {
    const event = known && events.find(({ number }) => number === known.number);
    if (event && hashOf(event) !== known.hash) {
      problems.push(`event ${known.number} has hash ${hashOf(event)}, but ${known.hash} was noted`);
    }
  }
  return [...new Set(problems)];
}

function gap(first: number, last: number): string | null {
  if (first > last) return null;
  return first === last ? `event ${first} is missing` : `events ${first} to ${last} are missing`;
}

function describeBreak({ number }: StackEvent): string {
  return number === 1
    ? "event 1 names an event before it"
    : `event ${number - 1} is not what event ${number} was written after: it was changed, or put in its place`;
}

/** SHA-256 in hex of an event's JSON. */
export function hashOf(event: StackEvent): string {
  return createHash("sha256").update(JSON.stringify(event)).digest("hex");
}

function headOf(event: StackEvent): EventHead {
  return { number: event.number, hash: hashOf(event) };
}

function keyOf(number: number): string {
  return `${EVENTS}/${String(number).padStart(8, "0")}`;
}
