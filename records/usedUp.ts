import type { StackEvent } from "./event";

/** Whether a release's way ends with this: what was agreed to has happened, or will not. */
const isOver = ({ kind }: StackEvent) => kind === "moved" || kind === "rejected";

/**
 * SHA-256 of the approvals that have done their part: the release they were given for was moved to, or rejected, since.
 * One whose update died before that still counts.
 *
 * @param events oldest first.
 */
export function usedApprovals(events: readonly StackEvent[]): string[] {
  const given = new Map<string, string[]>();
  const used: string[] = [];
  for (const event of events) {
    const { release = "", approvals = [] } = event;
    const documents = [...(given.get(release) ?? []), ...approvals.map(({ document }) => document)];
    if (isOver(event)) used.push(...documents);
    given.set(release, isOver(event) ? [] : documents);
  }
  return used;
}

/** How an override stands in its event: why, and what it has passed. */
export function overrideReason(why: string, passed: string): string {
  return `${why}; passed: ${passed}`;
}

/**
 * When an override was used up: its release was moved to, or rejected, after it has passed a gate for this reason. A
 * release that came back since needs another reason.
 *
 * @param events oldest first.
 * @returns ISO 8601, UTC; null: it counts.
 */
export function overrideUsedAt(
  events: readonly StackEvent[],
  { release, reason }: { readonly release: string; readonly reason: string },
): string | null {
  let passed = false;
  for (const event of events) {
    if (event.release !== release) continue;
    if (passed && isOver(event)) return event.at;
    passed ||=
      event.kind === "gate overridden" &&
      event.reason?.startsWith(overrideReason(reason, "")) === true;
  }
  return null;
}
