import { digestsOf, type Color, type Release } from "./release";
import type { Verdict } from "./trafficVerdict";

/** How many releases the stack's `history` output keeps. */
export const HISTORY_LENGTH = 10;

/** Who changes the stack, when and from which commit. */
export interface ChangeOrigin {
  /** ISO 8601, UTC. */
  readonly at: string;
  /** CI actor or `user@host`. */
  readonly by: string;
  /** Git commit of the instance, which is the directory with Pulumi.yaml; null outside of git. */
  readonly commit: string | null;
}

/** Where a change is made from, as the machine and its CI say. */
export interface ChangePlace {
  /** Name of the machine. */
  readonly host: string;
  /** User of its operating system: `alice`, `alice as root`. */
  readonly user: string;
  /** Page of the CI's run; left out: it is none. */
  readonly run?: string;
}

/** An event of the stack's log, such as the last one, told by its number and its hash (SHA-256, hex). */
export interface EventHead {
  readonly number: number;
  readonly hash: string;
}

/** Why a release may serve here: who proved it elsewhere, when, and for how long. Goes into the history. */
export interface PromotionEvidence extends ChangeOrigin {
  /** The stack that proved it. */
  readonly from: string;
  /** Its release there; settings differ from stack to stack, so ids do too. */
  readonly release: string;
  /** How long it had served there when it was taken over, in seconds. */
  readonly soakedSeconds: number;
  readonly verdict: "switched";
  /** What the watch there has said of it; left out: it is not known. */
  readonly watched?: Verdict;
}

/** One line of the stack's history. */
export interface HistoryEntry extends ChangeOrigin {
  /** Counts the stack's releases from 1; a release that comes back keeps its number. Left out before this was counted. */
  readonly number?: number;
  readonly release: string;
  readonly color: Color;
  /**
   * `rollback`: back to a release that served before, by the command, or because other images served in between.
   * `restart`: what served before, in new containers, with the secrets of that moment.
   * `deploy`: everything else, also settings or a list of services that happen to be an earlier release's again.
   */
  readonly action: "deploy" | "rollback" | "restart";
  readonly digests: Readonly<Record<string, string>>;
  /** Service -> commit that its image was built from; a service whose image does not say it is left out, as are all. */
  readonly revisions?: Readonly<Record<string, string>>;
  /** What became of it. A release that failed never gets here: see the host's `rejected` records. */
  readonly verdict: "switched";
  /** What the watch after the switch has said of its traffic; left out: it was not watched, or that was not kept yet. */
  readonly watched?: Verdict;
  /** Where it had proven itself before; left out by releases that were not taken over. */
  readonly promotion?: PromotionEvidence;
  /** Why it was taken though another one was to be taken over. */
  readonly pinReason?: string;
}

/** What the history says about a release beside what the release is. */
export interface ReleaseReasons {
  readonly promotion: PromotionEvidence | null;
  readonly pinReason: string | null;
  /** Recorded release whose settings are asked for, as `rollback` does; null or left out: today's settings. */
  readonly settingsFrom?: string | null;
  /** Service -> commit of its image, as far as it is known. */
  readonly revisions?: Readonly<Record<string, string>>;
  /** What its watch has said; left out: it is not known. */
  readonly watched?: Verdict;
  /** As in its record; see `ReleaseRecord.restartOf`. */
  readonly restartOf?: string;
}

/** What the last outputs know of releases. */
export interface RecordedReleases {
  readonly release?: { readonly id: string };
  readonly history?: readonly HistoryEntry[];
}

/** Number of a release: its own where history knows it, else the next one. */
export function releaseNumber({ history = [] }: RecordedReleases, id: string): number {
  const numberOf = (index: number) => history[index]?.number ?? history.length - index;
  const known = history.findIndex(({ release }) => release === id);
  return known >= 0
    ? numberOf(known)
    : Math.max(0, ...history.map((_, index) => numberOf(index))) + 1;
}

/** Whether a release has served before another one did; stays true while it serves again. */
export function isReturn({ release, history = [] }: RecordedReleases, id: string): boolean {
  if (release?.id !== id) return history.some((entry) => entry.release === id);
  const end = history.findIndex((entry) => entry.release !== id);
  // More than one where it was restarted.
  const [own, earlier] = end < 0 ? [history, []] : [history.slice(0, end), history.slice(end)];
  return (
    own.some(({ action }) => action === "rollback") || earlier.some((entry) => entry.release === id)
  );
}

/** The entry of the move by which the release that serves came to serve, whatever was restarted since; newest first. */
export function servedSince(history: readonly HistoryEntry[]): HistoryEntry | undefined {
  return history.find(
    ({ action, release }, index) => action !== "restart" || history[index + 1]?.release !== release,
  );
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
  reasons: ReleaseReasons = { promotion: null, pinReason: null },
): readonly HistoryEntry[] {
  const { release, history = [] } = previous;
  const isRestart = restartsServing(previous, desired, color, reasons);
  if (release?.id === desired.id && !isRestart) return history;
  const { promotion, pinReason, revisions = {}, watched } = reasons;
  const entry: HistoryEntry = {
    number: releaseNumber(previous, desired.id),
    release: desired.id,
    color,
    action: isRestart ? "restart" : goesBack(previous, desired, reasons) ? "rollback" : "deploy",
    ...origin(),
    digests: digestsOf(desired),
    ...(Object.keys(revisions).length > 0 && { revisions }),
    verdict: "switched",
    ...(watched && { watched }),
    ...(promotion && { promotion }),
    ...(pinReason !== null && { pinReason }),
  };
  return [entry, ...history].slice(0, HISTORY_LENGTH);
}

/** A set keeps the record of its restart: it is one for as long as that release, on the other set, is the last one told. */
function restartsServing(
  { release, history = [] }: RecordedReleases,
  desired: Release,
  color: Color,
  { restartOf }: ReleaseReasons,
): boolean {
  if (restartOf === undefined || release?.id !== restartOf) return false;
  return desired.id !== restartOf || history[0]?.color !== color;
}

/** Taking a service away, or a setting back, may ask for what served before without an intent to go back. */
function goesBack(
  { release, history = [] }: RecordedReleases,
  desired: Release,
  { settingsFrom }: ReleaseReasons,
): boolean {
  if (!history.some((entry) => entry.release === desired.id)) return false;
  const [current] = history;
  if (settingsFrom === desired.id || current === undefined || current.release !== release?.id) {
    return true;
  }
  const wanted = digestsOf(desired);
  return Object.entries(current.digests).some(
    ([service, digest]) => wanted[service] !== undefined && wanted[service] !== digest,
  );
}
