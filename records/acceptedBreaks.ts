import type { StackEvent } from "./event";

/** A break of a stack's events that somebody has looked into. */
export interface AcceptedBreak {
  /** As `findBrokenLinks` tells it. */
  readonly says: string;
  /** The event that accepts it. */
  readonly by: StackEvent;
}

/** Breaks that an event accepts, with it. They stay breaks: who has accepted them, when and why is told beside them. */
export function findAccepted(
  events: readonly StackEvent[],
  breaks: readonly string[],
): AcceptedBreak[] {
  return breaks.flatMap((says) => {
    const by = events.find(
      ({ kind, breaks: its }) => kind === "break accepted" && its?.includes(says),
    );
    return by ? [{ says, by }] : [];
  });
}

/** Breaks that no event accepts. */
export function findOpenBreaks(events: readonly StackEvent[], breaks: readonly string[]): string[] {
  const accepted = new Set(findAccepted(events, breaks).map(({ says }) => says));
  return breaks.filter((says) => !accepted.has(says));
}
