import type { Control } from "./controls";
import type { LostRequest } from "./openLoopLoad";
import type { LoadRun } from "./run";

/** Answers of a part of the time, in milliseconds. */
export interface Latency {
  readonly answers: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** What one run found out, in numbers. */
export interface LoadSummary {
  readonly seconds: number;
  readonly sent: number;
  readonly answered: number;
  readonly lost: number;
  readonly lostByReason: Readonly<Record<string, number>>;
  /** Answers of the other set to requests that were sent after the update had returned. */
  readonly wrongSet: number;
  readonly duplicated: number;
  readonly retried: number;
  /** Answered requests that the edge's log does not have. */
  readonly missing: number;
  /** Requests of five seconds: answered to the end, and not. */
  readonly slow: { readonly answered: number; readonly lost: readonly string[] };
  readonly updates: number;
  /** Within two seconds of a move of the traffic, and all the other time. */
  readonly switching: Latency;
  readonly quiet: Latency;
  /** While a release was deployed, and while none was released. */
  readonly deploying: Latency;
  readonly resting: Latency;
  /** Longest time without any answer, in milliseconds. */
  readonly longestGap: number;
  /** Everything that must not be; empty: the run has passed. */
  readonly failures: readonly string[];
}

const WINDOW_MILLISECONDS = 2_000;
/** Clients open their connections first. */
const OPENING_MILLISECONDS = 1_000;

/** Adds a run up. Losses are counts, never shares: a rounded 100 % has hidden many. */
export function summarize(run: LoadRun): LoadSummary {
  const loops = [run.keepAlive, run.closing];
  const lost = loops.flatMap((loop) => loop.lost);
  const sum = (of: (loop: (typeof loops)[number]) => number) =>
    loops.reduce((total, loop) => total + of(loop), 0);
  const answered = (when: (at: number) => boolean) =>
    latencyOf(run.answers.flatMap(({ at, milliseconds }) => (when(at) ? [milliseconds] : [])));
  const isSwitching = (at: number) =>
    run.updates.some(({ movedAt }) => Math.abs(at - movedAt) < WINDOW_MILLISECONDS);
  const during = (updates: LoadRun["updates"]) => (at: number) =>
    updates.some(({ beganAt, seconds }) => at >= beganAt && at <= beganAt + seconds * 1000);
  const isReleasing = during(run.updates);
  const numbers = {
    seconds: run.seconds,
    sent: sum(({ sent }) => sent),
    answered: sum(({ answered }) => answered),
    lost: lost.length,
    lostByReason: countReasons(lost),
    wrongSet: sum(({ wrongSet }) => wrongSet),
    ...run.log,
    slow: { answered: run.slow.ended, lost: run.slow.cut },
    updates: run.updates.length,
    switching: answered(isSwitching),
    quiet: answered((at) => !isSwitching(at)),
    deploying: answered(during(run.updates.filter(({ action }) => action === "deploy"))),
    resting: answered((at) => at >= run.began + OPENING_MILLISECONDS && !isReleasing(at)),
    longestGap: run.keepAlive.longestGap,
  };
  return { ...numbers, failures: [...failuresOf(numbers), ...run.controls.flatMap(unnoticed)] };
}

function failuresOf(numbers: Omit<LoadSummary, "failures">): string[] {
  const { lost, wrongSet, duplicated, retried, missing, slow, sent, answered } = numbers;
  const counts = {
    "requests lost": lost,
    "answers by the wrong set": wrongSet,
    "requests sent twice": duplicated,
    "requests retried by the edge": retried,
    "answers that the edge's log does not have": missing,
    [`slow requests lost (${[...new Set(slow.lost)].join(", ")})`]: slow.lost.length,
    "requests neither answered nor lost": sent - answered - lost,
  };
  return Object.entries(counts).flatMap(([what, count]) =>
    count === 0 ? [] : [`${count} ${what}`],
  );
}

function unnoticed({ name, lost, notRun }: Control): string[] {
  return notRun === null && lost === 0 ? [`not noticed: ${name}`] : [];
}

function countReasons(lost: readonly LostRequest[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { reason } of lost) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}

/** Percentiles of the times given. */
export function latencyOf(milliseconds: readonly number[]): Latency {
  const sorted = Float64Array.from(milliseconds).sort();
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { answers: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) };
}
