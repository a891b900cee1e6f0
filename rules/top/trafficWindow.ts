import {
  addSeconds,
  mergeHistograms,
  quantileSeconds,
  type LatencyHistogram,
} from "../../release/latencyHistogram";
import type { Color } from "../../release/release";
import type { UserRequest } from "../../release/trafficTally";

/** What users got of a service of a set, or of all. */
export interface TrafficRates {
  readonly requestsPerSecond: number;
  /** Share of the requests that were answered with 500 or more, or failed first on a replica; null: there were none. */
  readonly errors: number | null;
  /** Time to the begin of the answer that 95 of 100 requests did not exceed, in seconds; null: there were none. */
  readonly p95Seconds: number | null;
}

interface Second {
  requests: number;
  bad: number;
  readonly latency: LatencyHistogram;
}

const SHARE = 0.95;
/** No set is called so. */
const ALL = "*";

/** Counts requests of the last whole seconds, by set and service; what is older is forgotten. */
export class TrafficWindow {
  /** Set and service -> second -> its requests. */
  private readonly counts = new Map<string, Map<number, Second>>();

  constructor(readonly windowSeconds: number) {}

  add(request: UserRequest): void {
    this.count(keyOf(request.color, request.service), request);
    this.count(ALL, request);
  }

  /**
   * @param color null: what users got of all services of both sets.
   * @param now Unix time, by the clock of the requests. The second that has begun does not count yet.
   */
  rates(color: Color | null, service: string, now: number): TrafficRates {
    const [end, begin] = [Math.floor(now), Math.floor(now) - this.windowSeconds];
    const own =
      this.counts.get(color === null ? ALL : keyOf(color, service)) ?? new Map<number, Second>();
    for (const number of own.keys()) if (number < begin) own.delete(number);
    const counted = [...own].filter(([number]) => number < end).map(([, second]) => second);
    const requests = counted.reduce((sum, second) => sum + second.requests, 0);
    const bad = counted.reduce((sum, second) => sum + second.bad, 0);
    return {
      requestsPerSecond: requests / this.windowSeconds,
      errors: requests === 0 ? null : bad / requests,
      p95Seconds: quantileSeconds(mergeHistograms(counted.map(({ latency }) => latency)), SHARE),
    };
  }

  private count(key: string, { at, bad, seconds }: UserRequest): void {
    const own = this.counts.get(key) ?? new Map<number, Second>();
    this.counts.set(key, own);
    const number = Math.floor(at);
    const second = own.get(number) ?? { requests: 0, bad: 0, latency: {} };
    own.set(number, second);
    second.requests += 1;
    if (bad) second.bad += 1;
    if (seconds !== null) addSeconds(second.latency, seconds);
  }
}

function keyOf(color: Color, service: string): string {
  return `${color} ${service}`;
}
