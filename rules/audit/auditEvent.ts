import type { ChangePlace, EventHead } from "../../release/history";

/** What an event tells an auditor, and from whose record it is. */
export interface AuditEvent {
  readonly project: string;
  /** The stack whose record it is from; of the machine's: the one that it concerns, null: none. */
  readonly stack: string | null;
  /** SHA-256 of the event as it is on record, in hex. */
  readonly hash: string;
  readonly number: number;
  readonly kind: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly by: string;
  readonly commit: string | null;
  readonly previous: string | null;
  readonly release?: string;
  readonly color?: string;
  readonly service?: string;
  readonly services?: readonly string[];
  readonly reason?: string;
  readonly seconds?: number;
  readonly command?: string;
  readonly caller?: string;
  readonly roles?: readonly string[];
  readonly access?: string;
  readonly until?: EventHead;
  readonly where?: ChangePlace;
}
