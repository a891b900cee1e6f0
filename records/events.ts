import type { ChangeOrigin, EventHead } from "../release/history";
import type { Verdict } from "../release/trafficVerdict";
import type { EventFacts, EventKind, StackEvent } from "./event";
import { beginOf, headOf } from "./eventChain";
import type { RecordStore } from "./recordStore";

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

  /**
   * Takes out the events up to one. That is an event itself, written before the first one goes: it holds the hash of the
   * last one that goes, which the one after it names, so the chain goes on without a gap. What a prune before it was killed
   * over goes without another event.
   */
  async prune(until: StackEvent, facts: Omit<EventFacts, "kind"> & ChangeOrigin): Promise<void> {
    const gone = beginOf(await this.list())?.number ?? 0;
    if (until.number > gone)
      await this.append({ ...facts, kind: "events pruned", until: headOf(until) });
    for (const number of await this.numbers()) {
      if (number <= Math.max(gone, until.number)) await this.store.remove(keyOf(number));
    }
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

function keyOf(number: number): string {
  return `${EVENTS}/${String(number).padStart(8, "0")}`;
}
