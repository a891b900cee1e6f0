import type { EventHead, HistoryEntry } from "./history";
import { digestsOf, type Color, type Release, type ReleaseRecord } from "./release";
import type { PreviousState } from "./rolloutPlan";

/** A release as other stacks see it. */
export interface ReleaseOutput {
  readonly id: string;
  /** Service name -> image digest. */
  readonly digests: Readonly<Record<string, string>>;
}

/** One service as other stacks see it. */
export interface ServiceOutput {
  /** Where users reach it. */
  readonly url: string;
  readonly image: string;
  readonly replicas: number;
}

/** ARNs of the roles by which a stack runs, is released and is previewed. */
export interface IdentityOutput {
  readonly runtime: string;
  readonly deploy: string;
  readonly preview: string;
}

/** Everything the stack tells others, and itself at its next update. A failed update leaves it at the last success. */
export interface StackOutputs {
  readonly url: string;
  readonly previewUrl: string;
  readonly activeColor: Color;
  readonly release: ReleaseOutput;
  /** The release that served before; null: this is the first. */
  readonly previousRelease: ReleaseOutput | null;
  /** Newest first, at most ten. */
  readonly history: readonly HistoryEntry[];
  readonly services: Readonly<Record<string, ServiceOutput>>;
  readonly registry: {
    readonly address: string;
    readonly repositories: Readonly<Record<string, string>>;
  };
  /** The Python package index and what was published to it; null: the stack knows of none. */
  readonly packages: {
    readonly indexUrl: string;
    readonly versions: Readonly<Record<string, string>>;
    readonly sha256: Readonly<Record<string, string>>;
  } | null;
  /** The stack's roles; null: it has none. */
  readonly identity: IdentityOutput | null;
  /** What each set holds; null: nothing. */
  readonly containerSets: Readonly<Record<Color, ReleaseRecord | null>>;
  readonly network: { readonly name: string; readonly subnet: string };
  /**
   * The stack's last event when an update last moved the traffic: `releases verify` compares the host's events with it.
   * Left out until then.
   */
  readonly lastEvent?: EventHead;
}

/** A release's public face. */
export function releaseOutput(release: Release): ReleaseOutput {
  return { id: release.id, digests: digestsOf(release) };
}

/** The part of the last outputs that a plan is made from. */
export function previousState(outputs: Partial<StackOutputs> | null): PreviousState | null {
  if (!outputs?.activeColor || !outputs.containerSets) return null;
  return { activeColor: outputs.activeColor, sets: outputs.containerSets };
}
