import { plainText } from "../plainText";

/** What channels tell of: kinds of a stack's events. */
export const NOTICE_KINDS = [
  "claimed",
  "gate overridden",
  "shared",
  "moved",
  "watched",
  "rejected",
  "went back",
  "no healthy set",
  "not pruned",
  "not backed up",
  "certificate not renewed",
  "maintenance on",
  "maintenance off",
  "paused",
  "resumed",
] as const;

/** `test`: nothing has happened; somebody tries a channel. */
export type NoticeKind = (typeof NOTICE_KINDS)[number] | "test";

/** What channels can be configured to tell of. */
export type ToldKind = (typeof NOTICE_KINDS)[number];

/** How much it matters to who reads it. */
export type Severity = "info" | "good" | "warning" | "critical";

/** One thing that has happened to a stack, for people outside of it. */
export interface Notice {
  /** Number of the event: the same notice has the same one. */
  readonly number: number;
  readonly kind: NoticeKind;
  /** The stack among all that a receiver may hear of: `shop-production`, by project and stack. */
  readonly source: string;
  readonly stack: string;
  readonly release: string;
  readonly color: string | null;
  readonly severity: Severity;
  /** One line: `production: release a1b2c3d4e5f6 serves`. */
  readonly title: string;
  /** Why, or what was found; empty: nothing is known. */
  readonly reason: string;
  readonly by: string;
  /** Commit of the project; null: not known. */
  readonly commit: string | null;
  /** ISO 8601, UTC. */
  readonly at: string;
}

/** What of an event a notice is made from. */
export interface NoticedEvent {
  readonly number: number;
  readonly kind: string;
  readonly release?: string;
  readonly color?: string;
  readonly reason?: string;
  readonly seconds?: number;
  readonly ends?: string;
  readonly by: string;
  readonly commit: string | null;
  readonly at: string;
}

const REASON_LENGTH = 2_000;

/**
 * The notice of an event; null: no channel tells of its kind.
 *
 * @param at the stack: its name, and its name among those of all projects.
 */
export function noticeOf(
  { stack, source }: { readonly stack: string; readonly source: string },
  event: NoticedEvent,
): Notice | null {
  const kind = NOTICE_KINDS.find((each) => each === event.kind);
  if (kind === undefined) return null;
  const { number, release = "none", color = null, reason = "", by, commit, at } = event;
  return {
    ...{ number, kind, source, stack, release, color, by, commit, at },
    severity: severityOf(kind, reason),
    title: `${stack}: ${titleOf(kind, release, reason, event.ends)}`,
    reason: plainText(reason, REASON_LENGTH),
  };
}

function severityOf(kind: NoticeKind, reason: string): Severity {
  switch (kind) {
    case "no healthy set":
      return "critical";
    case "went back":
      // Somebody wanted that.
      return /^(the update was cancelled|the canary of|its canary was ended|the roll of)/.test(
        reason,
      )
        ? "info"
        : "warning";
    case "rejected":
    case "gate overridden":
    case "not pruned":
    case "not backed up":
    case "certificate not renewed":
      return "warning";
    case "watched":
      return reason.startsWith("pass") ? "good" : "warning";
    case "moved":
      return "good";
    case "claimed":
    case "shared":
    case "maintenance on":
    case "maintenance off":
    case "paused":
    case "resumed":
    case "test":
      return "info";
  }
}

function titleOf(kind: NoticeKind, release: string, reason: string, ends = "its end"): string {
  switch (kind) {
    case "claimed":
      return `release ${release} is being placed`;
    case "gate overridden":
      return `release ${release} passes a gate that keeps it in`;
    case "shared":
      return `release ${release} gets ${reason || "a share of the clients"}`;
    case "moved":
      return `release ${release} serves`;
    case "watched":
      return `release ${release} was watched: ${reason.split(":")[0]}`;
    case "test":
      return "a test of this channel";
    case "rejected":
      return `release ${release} is rejected`;
    case "went back":
      return `users are back on release ${release}`;
    case "not pruned":
      return "images that no stack refers to were not removed";
    case "not backed up":
      return "a backup has failed";
    case "certificate not renewed":
      return "the edge's certificate was due and was not renewed";
    case "maintenance on":
      return `users get a page of maintenance, until ${ends} at the latest`;
    case "maintenance off":
      return "users get the services again";
    case "paused":
      return `new requests are held, until ${ends} at the latest`;
    case "resumed":
      return "requests that were held go on";
    case "no healthy set":
      return `release ${release} is bad, and there is no other set that is well`;
  }
}

/** The same notice has the same name, and another one another, also of a stack that was made anew. */
export function nameOf({ source, number, at, kind }: Notice): string {
  return kind === "test" ? `${source}-test-${at}` : `${source}-${number}-${Date.parse(at)}`;
}

/** No more characters than a channel takes; none is cut in two. */
export function cut(text: string, most: number): string {
  const characters = Array.from(text);
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join("")}…`;
}

/** `by ci, from 0123abcd` */
export function originOf({ by, commit }: Notice): string {
  return `by ${by}${commit === null ? "" : `, from ${commit.slice(0, 8)}`}`;
}
