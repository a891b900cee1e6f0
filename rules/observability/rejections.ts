import type { StoryEvent } from "../../release/releaseStory";

/**
 * How many releases were rejected since the last one that users kept. A release that they got and lost again counts as
 * rejected, and does not end the count.
 *
 * @param events oldest first.
 */
export function rejectedSinceSuccess(events: readonly StoryEvent[]): number {
  let count = 0;
  /** What users got last, and the count without it. */
  let moved: { release: string | undefined; before: number } | null = null;
  for (const { kind, release } of events) {
    if (kind === "moved" || kind === "taken over") {
      moved = { release, before: count };
      count = 0;
    } else if (kind === "rejected") {
      const isLost: boolean = moved !== null && moved.release === release;
      count = (isLost ? moved!.before : count) + 1;
      if (isLost) moved = null;
    } else if (kind === "went back" && moved !== null) {
      // Cancelled: users did not keep it, and nothing says that it is bad.
      count = moved.before;
      moved = null;
    }
  }
  return count;
}
