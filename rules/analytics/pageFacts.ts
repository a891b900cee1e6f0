import type { Color } from "../../release/release";
import type { StoryEvent } from "../../release/releaseStory";
import type { ShownGate } from "../gates/gateWords";
import type { Delivered, Deployment } from "./deployments";
import type { DoraFigures } from "./doraFigures";
import type { ShownReleases } from "./releaseDiff";

/** What a page shows of one stack. */
export interface StackPage {
  readonly stack: string;
  /** Where users reach it; null: nowhere yet. */
  readonly url: string | null;
  /** Both sets, the one that serves first. */
  readonly sets: readonly ShownSet[];
  readonly figures: DoraFigures;
  readonly delivered: Delivered;
  /** All that has happened, in any order. */
  readonly events: readonly StoryEvent[];
  /** What a release of it must pass. */
  readonly gates: readonly ShownGate[];
  /** Releases whose settings are still known. */
  readonly releases: ShownReleases;
}

/** What one set holds. */
export interface ShownSet {
  readonly color: Color;
  readonly isActive: boolean;
  /** Null: it is empty. */
  readonly release: string | null;
  readonly isProven: boolean;
}

/** One line of the timeline. */
export interface TimelineEntry {
  readonly at: string;
  /** `deployed`, `rolled back`, `taken back`, `rejected`, `approved` ... */
  readonly what: string;
  /** How it is to be seen: whether users had trouble. */
  readonly tone: "good" | "bad" | "plain";
  readonly release: string | null;
  readonly by: string;
  readonly commit: string | null;
  /** What its watch has said; null: nothing. */
  readonly verdict: string | null;
  readonly why: string | null;
}

/** Somebody has agreed to a release, or has let it or a command pass without that. */
export interface Consent {
  readonly at: string;
  readonly what: string;
  readonly isOverride: boolean;
  readonly release: string | null;
  /** Everybody who agreed; for an override, whoever made it. */
  readonly by: readonly string[];
  readonly why: string | null;
}

/** A week and what its deployments came to. */
export interface WeekOfDeployments {
  /** Its first day. */
  readonly from: string;
  readonly good: number;
  readonly failed: number;
  readonly caught: number;
}

const WEEK_MILLISECONDS = 7 * 86_400_000;

/** Events that a reader of a timeline looks for, and what they are called there; all others are parts of these. */
const SHOWN: Readonly<Record<string, readonly [string, TimelineEntry["tone"]]>> = {
  "taken over": ["served when the record began", "plain"],
  shared: ["share of clients", "plain"],
  rejected: ["rejected", "bad"],
  approved: ["approved", "plain"],
  "gate overridden": ["gate overridden", "bad"],
  "access overridden": ["access overridden", "bad"],
  migrated: ["migrated", "plain"],
  restored: ["database restored", "plain"],
  "went back": ["users went back", "bad"],
  "no healthy set": ["no healthy set", "bad"],
  destroyed: ["destroyed", "plain"],
  "maintenance on": ["maintenance", "plain"],
  "maintenance off": ["end of maintenance", "plain"],
  paused: ["requests held", "plain"],
};

const CONSENTS = new Set(["approved", "gate overridden", "access overridden"]);

/** What has happened, the newest first, with the verdict of its watch beside each deployment. */
export function timelineOf({ events, delivered }: StackPage): TimelineEntry[] {
  const verdicts = new Map(
    events.flatMap(({ kind, release, evidence }) =>
      kind === "watched" && release && evidence ? [[release, evidence.verdict] as const] : [],
    ),
  );
  const deployed = new Map(delivered.deployments.map((each) => [each.release, each]));
  const rollbacks = new Set(delivered.rollbacks);
  return [...events]
    .sort((a, b) => b.number - a.number)
    .flatMap((event): TimelineEntry[] => {
      const { at, by, commit, release = null, reason = null } = event;
      const named =
        event.kind === "moved" ? nameMove(event, deployed, rollbacks) : SHOWN[event.kind];
      if (!named) return [];
      const [what, tone] = named;
      const verdict = event.kind === "moved" && release ? (verdicts.get(release) ?? null) : null;
      const service = event.service ? `${event.service}: ` : "";
      const why = reason === null && service === "" ? null : `${service}${reason ?? ""}`;
      return [{ ...{ at, what, tone, release, by, commit, verdict }, why }];
    });
}

/** Who has agreed to what, and who has passed a gate or the access file by, the newest first. */
export function consentsOf({ events }: Pick<StackPage, "events">): Consent[] {
  return [...events]
    .sort((a, b) => b.number - a.number)
    .filter(({ kind }) => CONSENTS.has(kind))
    .map(({ at, kind, by, release = null, reason = null, approvals = [] }) => ({
      ...{ at, what: kind, isOverride: kind !== "approved", release },
      by: approvals.length > 0 ? approvals.map((approval) => approval.by) : [by],
      why: reason,
    }));
}

function nameMove(
  { at, release = "" }: StoryEvent,
  deployed: ReadonlyMap<string, Deployment>,
  rollbacks: ReadonlySet<string>,
): readonly [string, TimelineEntry["tone"]] {
  if (rollbacks.has(at)) return ["rolled back", "bad"];
  const deployment = deployed.get(release);
  if (deployment?.at !== at) return ["all clients", "plain"];
  return deployment.failure ? ["deployed, failed", "bad"] : ["deployed", "good"];
}

/** Deployments by week, the oldest first, from the figures' begin to their end. */
export function weeksOf({ delivered, figures }: StackPage): WeekOfDeployments[] {
  const [since, until] = [Date.parse(figures.since), Date.parse(figures.until)];
  const count = Math.max(1, Math.ceil((until - since) / WEEK_MILLISECONDS));
  const weekOf = (at: string) => Math.floor((Date.parse(at) - since) / WEEK_MILLISECONDS);
  return Array.from({ length: count }, (_, week) => {
    const own = delivered.deployments.filter(({ at }) => weekOf(at) === week);
    const failed = own.filter(({ failure }) => failure !== null).length;
    return {
      from: new Date(since + week * WEEK_MILLISECONDS).toISOString().slice(0, 10),
      ...{ good: own.length - failed, failed },
      caught: delivered.caught.filter((at) => weekOf(at) === week).length,
    };
  });
}
