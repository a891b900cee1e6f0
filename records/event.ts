import type { ChangeOrigin, ChangePlace, EventHead } from "../release/history";
import type { Color } from "../release/release";
import type { VerdictEvidence } from "../release/trafficEvidence";
import type { Role } from "../rules/access/roles";

/**
 * What can happen to a stack. `service moved`: users get one service of a release, while others have not moved. `shared`: a
 * share of the clients has got a release, the others the one before. `no healthy set`: what serves is bad, and so is the set
 * to go back to. `break accepted`: events before it were changed or are gone, and
 * somebody has looked into that. `taken over`: the stack is older than its events; what served then is the first one.
 * `went back`: users got the release before again, after a watch had failed or an update was cancelled. `command`: somebody
 * has begun a command that changes something. `access overridden`: without the role that it needs, for a reason. `events pruned`: old
 * events were taken out. `pruned`: images that nobody refers to were removed; `not pruned`: they were to be, after a release.
 * `not backed up`: a backup was begun by hand or by a schedule and has failed.
 * `certificate renewed`: the edge has a new one; `certificate not renewed`: it was due, and the old one stays.
 * `maintenance on` to `unblocked`: what an operator has the edge do with requests, until the moment that it `ends`.
 * `stateful not updated`: another image or other settings were to run, and what ran before runs again.
 */
export type EventKind =
  | "taken over"
  | "claimed"
  | "secret changed"
  | "secrets delivered"
  | "backed up"
  | "not backed up"
  | "migrated"
  | "restored"
  | "proven"
  | "service moved"
  | "approved"
  | "command run"
  | "gate overridden"
  | "rejected"
  | "restart failed"
  | "shared"
  | "moved"
  | "watched"
  | "no healthy set"
  | "went back"
  | "retired"
  | "break accepted"
  | "destroyed"
  | "command"
  | "access overridden"
  | "events pruned"
  | "pruned"
  | "not pruned"
  | "certificate renewed"
  | "certificate not renewed"
  | "maintenance on"
  | "maintenance off"
  | "paused"
  | "resumed"
  | "blocked"
  | "throttled"
  | "unblocked"
  | "stateful updated"
  | "stateful not updated"
  | "stateful restarted"
  | "stateful removed";

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
  /** Release that was restarted by it: the same one, or one with older secrets. */
  readonly restartOf?: string;
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
  /** What was found to be changed or gone, where it is accepted. */
  readonly breaks?: readonly string[];
  /** What users got of the release, where it was judged by that. */
  readonly evidence?: VerdictEvidence;
  /** `secrets set`; `update`: an update by Pulumi. */
  readonly command?: string;
  /** The client that it is about. */
  readonly address?: string;
  /** When it ends by itself, ISO 8601, UTC. */
  readonly ends?: string;
  /** The stack that a command concerns, in the record of a machine. */
  readonly stack?: string;
  /** Who it was, where access.yaml was asked: what is proven of it. */
  readonly caller?: string;
  readonly roles?: readonly Role[];
  /** By which access.yaml: the first 12 digits of its SHA-256. */
  readonly access?: string;
  /** The last event that was taken out. */
  readonly until?: EventHead;
  /** From where; left out by older versions. */
  readonly where?: ChangePlace;
}

/** One thing that has happened to a stack; never changed, and taken out by `EventLog.prune` alone. */
export interface StackEvent extends EventFacts, ChangeOrigin {
  /** Counts from 1 without a gap. */
  readonly number: number;
  /** SHA-256 of the event before, in hex; null: the first. */
  readonly previous: string | null;
}
