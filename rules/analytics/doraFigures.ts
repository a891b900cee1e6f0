import { rateInterval } from "../../release/bounds";
import type { Delivered, Deployment } from "./deployments";
import { PHASES, type Phase } from "./phases";
import { secondsBetween } from "./secondsBetween";

/** Times of something, in seconds. */
export interface Times {
  readonly count: number;
  /** Null: there is none. */
  readonly median: number | null;
  readonly p85: number | null;
  readonly p90: number | null;
}

/** A share of the deployments, with what it may be in truth. */
export interface Rate {
  readonly count: number;
  readonly of: number;
  /** Null: of nothing. */
  readonly rate: number | null;
  /** Holds the true rate with a confidence of 90 %. */
  readonly interval: readonly [number, number];
}

/** A commit that a deployment has brought. */
export interface Commit {
  /** When it was committed, in Unix time. */
  readonly at: number;
  readonly subject: string;
}

/** The five figures of dora.dev for one stack, and what else its releases say. */
export interface DoraFigures {
  readonly since: string;
  readonly until: string;
  readonly deployments: number;
  readonly deploymentsPerWeek: number;
  /** Days with a deployment in the middle one of the weeks. */
  readonly daysPerWeek: number;
  readonly leadTime: Times;
  /** Commits whose time is after their deployment, or more than 90 days before it: rebased, or long left alone. */
  readonly leftOut: number;
  /** Deployments whose commits are not known. */
  readonly withoutCommits: number;
  readonly failRate: Rate;
  readonly recovery: Times;
  /** Failures whose release users still have. */
  readonly open: number;
  readonly reworkRate: Rate;
  readonly rollbacks: number;
  readonly rollbacksPerWeek: number;
  readonly caught: number;
  /** Releases that users got and kept, of all that users got or that were caught before. */
  readonly successRate: Rate;
  readonly cancelled: number;
  /** From the claim of a set to its first users. */
  readonly deployTime: Times;
  readonly phases: Readonly<Record<Phase, Times>>;
  /** Service -> share of the deployments that changed it which failed. */
  readonly services: Readonly<Record<string, Rate>>;
}

const DAY = 86_400;
const WEEK = 7 * DAY;
const LONGEST_LEAD = 90 * DAY;
const CONFIDENCE = 0.9;
/** Commits that mend something, by their subjects. */
const MENDS = /^(?:revert\b|(?:hot)?fix\b)/i;

/**
 * Works the figures out.
 *
 * @param commits release -> what it has brought; a release that is left out is not known.
 * @param since and `until`: what counts; `until` is also up to when an open failure lasts.
 */
export function workOutDora(
  delivered: Delivered,
  commits: ReadonlyMap<string, readonly Commit[]>,
  { since, until }: { readonly since: Date; readonly until: Date },
): DoraFigures {
  const [from, to] = [since.toISOString(), until.toISOString()];
  const isWithin = (at: string) => at >= from && at < to;
  const deployments = delivered.deployments.filter(({ at }) => isWithin(at));
  const failures = deployments.filter(({ failure }) => failure !== null);
  const weeks = Math.max(secondsBetween(from, to), DAY) / WEEK;
  const { leads, leftOut } = leadTimes(deployments, commits);
  const rollbacks = delivered.rollbacks.filter(isWithin).length;
  const caught = delivered.caught.filter(isWithin).length;
  return {
    ...{ since: from, until: to },
    deployments: deployments.length,
    deploymentsPerWeek: deployments.length / weeks,
    daysPerWeek: middleWeek(deployments, since, until),
    ...{ leadTime: timesOf(leads), leftOut },
    withoutCommits: deployments.filter(({ release }) => !commits.has(release)).length,
    failRate: rateOf(failures.length, deployments.length),
    recovery: timesOf(
      failures.map(({ at, failure }) => secondsBetween(at, failure!.recoveredAt ?? to)),
    ),
    open: failures.filter(({ failure }) => failure!.recoveredAt === null).length,
    reworkRate: rateOf(
      deployments.filter((each) => isRework(each, delivered.deployments, commits)).length,
      deployments.length,
    ),
    ...{ rollbacks, rollbacksPerWeek: rollbacks / weeks },
    caught,
    successRate: rateOf(deployments.length - failures.length, deployments.length + caught),
    cancelled: deployments.filter(({ isCancelled }) => isCancelled).length,
    deployTime: timesOf(deployments.flatMap(({ deploySeconds }) => deploySeconds ?? [])),
    phases: byPhase(deployments),
    services: byService(deployments),
  };
}

function byPhase(deployments: readonly Deployment[]): Record<Phase, Times> {
  const times = PHASES.map(
    (phase) => [phase, timesOf(deployments.flatMap(({ phases }) => phases[phase] ?? []))] as const,
  );
  return Object.fromEntries(times) as Record<Phase, Times>;
}

function byService(deployments: readonly Deployment[]): Record<string, Rate> {
  const names = [...new Set(deployments.flatMap(({ services }) => services ?? []))].sort();
  const rates = names.map((name) => {
    const own = deployments.filter(({ services }) => services?.includes(name));
    return [name, rateOf(own.filter(({ failure }) => failure).length, own.length)] as const;
  });
  return Object.fromEntries(rates);
}

function leadTimes(
  deployments: readonly Deployment[],
  commits: ReadonlyMap<string, readonly Commit[]>,
): { readonly leads: readonly number[]; readonly leftOut: number } {
  const all = deployments.flatMap(({ release, at }) =>
    (commits.get(release) ?? []).map((commit) => Date.parse(at) / 1000 - commit.at),
  );
  const leads = all.filter((seconds) => seconds >= 0 && seconds <= LONGEST_LEAD);
  return { leads, leftOut: all.length - leads.length };
}

/** Unplanned: a hotfix, or nothing but fixes within a week of a failure. */
function isRework(
  { release, at, isHotfix }: Deployment,
  all: readonly Deployment[],
  commits: ReadonlyMap<string, readonly Commit[]>,
): boolean {
  if (isHotfix) return true;
  const brought = commits.get(release) ?? [];
  if (brought.length === 0 || !brought.every(({ subject }) => MENDS.test(subject))) return false;
  return all.some(
    ({ failure }) => failure !== null && failure.at <= at && secondsBetween(failure.at, at) <= WEEK,
  );
}

/** Days (UTC) with a deployment in each whole week before the end, and the middle one of these numbers. */
function middleWeek(deployments: readonly Deployment[], since: Date, until: Date): number {
  const weeks = Math.floor((until.getTime() - since.getTime()) / 1000 / WEEK);
  const days = Array.from({ length: weeks }, () => new Set<string>());
  for (const { at } of deployments) {
    const week = Math.floor((until.getTime() - Date.parse(at)) / 1000 / WEEK);
    days[week]?.add(at.slice(0, 10));
  }
  return (
    quantile(
      days.map(({ size }) => size),
      0.5,
    ) ?? 0
  );
}

function rateOf(count: number, of: number): Rate {
  const interval = rateInterval(count, of, CONFIDENCE);
  return { count, of, rate: of === 0 ? null : count / of, interval };
}

function timesOf(seconds: readonly number[]): Times {
  const at = (share: number) => quantile(seconds, share);
  return { count: seconds.length, median: at(0.5), p85: at(0.85), p90: at(0.9) };
}

/** The value that so much of the values is not above, between two of them in proportion (Hyndman and Fan's type 7). */
function quantile(values: readonly number[], share: number): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const place = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  if (below === undefined || above === undefined) return null;
  return below + (above - below) * (place - Math.floor(place));
}
