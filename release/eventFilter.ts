import type { StoryEvent } from "./releaseStory";

/** Which events are meant; what is left out limits nothing. */
export interface EventFilter {
  readonly kinds?: readonly string[];
  readonly services?: readonly string[];
  /** Begin of a release's id. */
  readonly release?: string;
  /** Part of the name of who has done it. */
  readonly by?: string;
  /** Unix time. */
  readonly since?: number;
}

/** Whether an event is meant. One about all services of a release is about each that it names. */
export function isMeant(
  { kind, release = "", service, services = [], by, at }: StoryEvent,
  filter: EventFilter,
): boolean {
  const named = service === undefined ? services : [service];
  return (
    (filter.kinds?.includes(kind) ?? true) &&
    (filter.services?.some((each) => named.includes(each)) ?? true) &&
    release.startsWith(filter.release ?? "") &&
    by.includes(filter.by ?? "") &&
    Date.parse(at) / 1000 >= (filter.since ?? 0)
  );
}
