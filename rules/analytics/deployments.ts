import type { StoryEvent } from "../../release/releaseStory";
import { phaseTimes, type PhaseTimes } from "./phases";
import { secondsBetween } from "./secondsBetween";

/** How a deployment came to need somebody: what took users off it, or what mended it. */
export type FailureKind = "taken back" | "rolled back" | "hotfix";

/** A deployment that needed immediate intervention. */
export interface Failure {
  readonly kind: FailureKind;
  /** When that was known. ISO 8601, UTC, as all times here. */
  readonly at: string;
  /** When users had a release that was not the failed one; null: they still have it. */
  readonly recoveredAt: string | null;
  readonly recoveredBy: string | null;
}

/** A release that users got and had never had before. */
export interface Deployment {
  readonly release: string;
  /** When the first users got it. */
  readonly at: string;
  readonly by: string;
  /** The project's commit, and the one of what served before; null: outside of git, or nothing served. */
  readonly commit: string | null;
  readonly from: string | null;
  /** Services that it changed; null: no event tells. */
  readonly services: readonly string[] | null;
  /** Whether it was given out as one: MAESTRO_REASON begins with `hotfix`. */
  readonly isHotfix: boolean;
  /** Whether users were taken off it since its update was cancelled. */
  readonly isCancelled: boolean;
  readonly failure: Failure | null;
  /** Seconds from the claim of its set to the first users; null: no event tells. */
  readonly deploySeconds: number | null;
  readonly phases: PhaseTimes;
}

/** What a stack's events say of its releases. */
export interface Delivered {
  /** Oldest first. */
  readonly deployments: readonly Deployment[];
  /** Times at which users went back to an earlier release because somebody asked for it. */
  readonly rollbacks: readonly string[];
  /** Times at which a release was rejected before any user had it. */
  readonly caught: readonly string[];
}

/** A failure later than this is the fault of something else (the definition's "immediate"). */
export const FAILURE_HOURS = 24;
const HOTFIX = /^hotfix\b/i;
const CANCELLED = "the update was cancelled";

type Draft = { -readonly [Name in keyof Deployment]: Deployment[Name] } & {
  readonly reason: string;
};

/**
 * Reads deployments and their failures out of a stack's events. The record knows cause and effect itself: which release
 * failed, by what, and when users had another one, so nothing is guessed from times that happen to be close.
 *
 * A deployment is a release that users get for the first time: a rollback is none, nor is a restart, or an update that is
 * repeated. It
 * has failed if users were taken off it, or a hotfix followed, within {@link FAILURE_HOURS}. Releases that were rejected
 * before a user had them are counted apart. Terms are those of dora.dev (guide "DORA's software delivery metrics").
 *
 * @param events in any order.
 */
export function readDeliveries(events: readonly StoryEvent[]): Delivered {
  const reader = new EventReader();
  const sorted = [...events].sort((a, b) => a.number - b.number);
  sorted.forEach((event) => reader.read(event));
  const stories = new Map<string | undefined, StoryEvent[]>();
  for (const event of sorted) {
    stories.set(event.release, [...(stories.get(event.release) ?? []), event]);
  }
  for (const deployment of reader.deployments) {
    deployment.phases = phaseTimes(stories.get(deployment.release) ?? [], deployment.at);
  }
  return reader;
}

class EventReader implements Delivered {
  readonly deployments: Draft[] = [];
  readonly rollbacks: string[] = [];
  readonly caught: string[] = [];
  /** Releases that users have had, the oldest first. */
  private readonly served: string[] = [];
  private readonly claims = new Map<string, StoryEvent>();
  /** What all users get, and its commit. */
  private current: string | null = null;
  private commit: string | null = null;

  read(event: StoryEvent): void {
    const { kind, release } = event;
    if (release === undefined) return;
    if (kind === "claimed") this.claims.set(release, event);
    if (kind === "shared" && !this.served.includes(release)) this.deploy(release, event);
    if (kind === "moved" || kind === "taken over") this.move(release, event);
    if (kind === "rejected") this.reject(release, event);
    if (kind === "went back") this.goBack(release, event);
  }

  private move(release: string, event: StoryEvent): void {
    if (!this.served.includes(release)) {
      // New secrets make another release of what was restarted, and nobody has deployed one.
      if (event.kind === "taken over" || event.restartOf !== undefined) this.served.push(release);
      else this.deploy(release, event);
    } else if (this.isBefore(release, this.current)) {
      this.rollbacks.push(event.at);
      this.fail(this.current, "rolled back", event);
    }
    this.recover(release, event);
    this.current = release;
    this.commit = event.commit;
  }

  private deploy(release: string, event: StoryEvent): void {
    const { at, by, commit, reason = "" } = event;
    const claim = this.claims.get(release);
    const isHotfix = HOTFIX.test(reason);
    if (isHotfix) {
      this.fail(this.current, "hotfix", event);
      this.recover(release, event);
    }
    this.served.push(release);
    this.deployments.push({
      ...{ release, at, by, commit, from: this.commit, isHotfix, reason },
      ...{ isCancelled: false, failure: null, services: claim?.services ?? null },
      deploySeconds: claim === undefined ? null : secondsBetween(claim.at, at),
      phases: {},
    });
  }

  private reject(release: string, event: StoryEvent): void {
    if (this.served.includes(release)) this.fail(release, "taken back", event);
    else this.caught.push(event.at);
  }

  /** @param release the one that users have again. */
  private goBack(release: string, event: StoryEvent): void {
    const last = this.deployments.at(-1);
    const isCancelled = event.reason === CANCELLED && last?.failure === null;
    if (last && isCancelled && last.release !== release) last.isCancelled = true;
    this.recover(release, event);
    this.current = release;
  }

  private fail(release: string | null, kind: FailureKind, { at }: StoryEvent): void {
    const failed = this.deployments.findLast((each) => each.release === release);
    if (!failed || failed.failure !== null) return;
    if (secondsBetween(failed.at, at) > FAILURE_HOURS * 3600) return;
    failed.failure = { kind, at, recoveredAt: null, recoveredBy: null };
  }

  /** Users have a release that is not the failed one. */
  private recover(release: string, { at, by }: StoryEvent): void {
    for (const deployment of this.deployments) {
      const { failure } = deployment;
      if (failure === null || failure.recoveredAt !== null || deployment.release === release)
        continue;
      deployment.failure = { ...failure, recoveredAt: at, recoveredBy: by };
    }
  }

  private isBefore(release: string, other: string | null): boolean {
    return other !== null && this.served.indexOf(release) < this.served.indexOf(other);
  }
}
