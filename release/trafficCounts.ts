import { mergeHistograms, type LatencyHistogram } from "./latencyHistogram";

/** What one service, or all, answered on one set in one second. */
export interface SecondCounts {
  /** Unix time. */
  readonly second: number;
  readonly requests: number;
  /** Bad for errors: answered with 500 or more, or first failed on a replica. */
  readonly bad: number;
  /** Those of `bad` that count: a few of each client. */
  readonly counted: number;
  /** Latencies; fewer than requests, since streams and the first seconds are left out. */
  readonly latency: LatencyHistogram;
}

/** What one service, or all, answered on one set in a window of time. */
export interface TrafficCounts {
  /** In ascending order; a second without requests need not be there. */
  readonly seconds: readonly SecondCounts[];
  /** The few slowest latencies of each client: how many of a client's are slower than any limit, up to that few. */
  readonly slowest: LatencyHistogram;
}

/** Counts of a set that nobody has asked. */
export const NO_TRAFFIC: TrafficCounts = { seconds: [], slowest: {} };

/** Sums over a window. */
export interface TrafficSums {
  readonly requests: number;
  readonly bad: number;
  readonly counted: number;
  readonly latency: LatencyHistogram;
}

/** Adds up a window's seconds. */
export function sumCounts({ seconds }: TrafficCounts): TrafficSums {
  const sum = (value: (second: SecondCounts) => number) =>
    seconds.reduce((total, second) => total + value(second), 0);
  return {
    requests: sum(({ requests }) => requests),
    bad: sum(({ bad }) => bad),
    counted: sum(({ counted }) => counted),
    latency: mergeHistograms(seconds.map(({ latency }) => latency)),
  };
}

/** The counts of several services in one window, as those of the whole set. */
export function mergeCounts(services: readonly TrafficCounts[]): TrafficCounts {
  const merged = new Map<number, SecondCounts>();
  for (const { seconds } of services) {
    for (const it of seconds) {
      const other = merged.get(it.second);
      merged.set(it.second, other ? addSeconds(it, other) : it);
    }
  }
  return {
    seconds: [...merged.values()].sort((a, b) => a.second - b.second),
    slowest: mergeHistograms(services.map(({ slowest }) => slowest)),
  };
}

function addSeconds(one: SecondCounts, other: SecondCounts): SecondCounts {
  return {
    second: one.second,
    requests: one.requests + other.requests,
    bad: one.bad + other.bad,
    counted: one.counted + other.counted,
    latency: mergeHistograms([one.latency, other.latency]),
  };
}

/** Above this, a judge would be blind; more bursty services are told of by their owner, not by a number. */
const MAXIMUM_BURSTINESS = 5;

/**
 * How much more the number of bad requests a second varies than that of independent ones would: variance over mean, from
 * 1 to 5. Evidence is divided by it, since a burst of errors is one event and not many.
 *
 * @param counts bad requests of each second that has any.
 * @param seconds length of the window, with the seconds in which nothing was bad.
 */
export function burstinessOf(counts: readonly number[], seconds: number): number {
  const sum = counts.reduce((total, count) => total + count, 0);
  if (sum === 0 || seconds < 2) return 1;
  const mean = sum / seconds;
  const squares = counts.reduce((total, count) => total + count * count, 0);
  const variance = (squares - seconds * mean * mean) / (seconds - 1);
  return Math.min(MAXIMUM_BURSTINESS, Math.max(1, variance / mean));
}
