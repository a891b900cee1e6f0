import { digestsOf, type Color, type Release } from "./release";

/** How many releases the stack's `history` output keeps. */
export const HISTORY_LENGTH = 10;

/** Who changes the stack, when and from which commit. */
export interface ChangeOrigin {
  /** ISO 8601, UTC. */
  readonly at: string;
  /** CI actor or `user@host`. */
  readonly by: string;
  /** Git commit of the program's directory; null outside of git. */
  readonly commit: string | null;
}

/** One line of the stack's history. */
export interface HistoryEntry extends ChangeOrigin {
  readonly release: string;
  readonly color: Color;
  /** `deploy`: placed anew and proven; `rollback`: to a release that served before. */
  readonly action: "deploy" | "rollback";
  readonly digests: Readonly<Record<string, string>>;
  /** What became of it. A release that failed never gets here: see the host's `rejected` records. */
  readonly verdict: "switched";
}

/** What the last outputs know of releases. */
export interface RecordedReleases {
  readonly release?: { readonly id: string };
  readonly history?: readonly HistoryEntry[];
}

/**
 * History with the update's own entry on top, newest first; unchanged when the release was recorded before. What counts
 * is the record, not whether this update moves the traffic: one that was killed has moved it and recorded nothing.
 */
export function appendHistory(
  previous: RecordedReleases,
  desired: Release,
  color: Color,
  origin: () => ChangeOrigin,
): readonly HistoryEntry[] {
  const { release, history = [] } = previous;
  if (release?.id === desired.id) return history;
  const served = history.some((entry) => entry.release === desired.id);
  const entry: HistoryEntry = {
    release: desired.id,
    color,
    action: served ? "rollback" : "deploy",
    ...origin(),
    digests: digestsOf(desired),
    verdict: "switched",
  };
  return [entry, ...history].slice(0, HISTORY_LENGTH);
}
