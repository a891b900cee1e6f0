import type { TrafficPlan } from "../rules/gates/approval";

/** What a gate is asked. */
export interface GateQuestion {
  /** `place`: before anything is touched; `switch`: again, before the traffic moves. */
  readonly moment: "place" | "switch";
  readonly stack: string;
  /** The release that is to serve. */
  readonly release: string;
  /** Service -> image digest. */
  readonly digests: Readonly<Record<string, string>>;
  /** Service -> image by its digest: `localhost:5000/maestro/web@sha256:…`. */
  readonly images: Readonly<Record<string, string>>;
  /** As `digests`, of the release that serves; empty: the first one. */
  readonly servingDigests: Readonly<Record<string, string>>;
  /** The release that serves; null: the first one. */
  readonly replaces: string | null;
  /** How it will get its users. */
  readonly traffic: TrafficPlan;
  /** Who makes the update. */
  readonly deployer: string;
  /** SHA-256 of the approvals that have let a release out before. */
  readonly usedApprovals: readonly string[];
}

/**
 * Lets a release out, or keeps it in. A gate that cannot be asked keeps it in; going back to a release that has served
 * asks none.
 */
export interface Gate {
  /** What messages call it. */
  readonly name: string;
  /** How long it may take, in seconds. @default 30 */
  readonly patienceSeconds?: number;
  /**
   * Why the release must wait, for people, with until when if that is known; null: it may go.
   *
   * @param signal aborted when nobody waits for the answer any more.
   */
  ask(question: GateQuestion, signal: AbortSignal): Promise<string | null>;
}

/** What a gate has said that keeps a release in. */
export interface Refusal {
  readonly gate: string;
  readonly says: string;
}
