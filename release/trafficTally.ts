import { addSeconds, bucketOf, type LatencyHistogram } from "./latencyHistogram";
import type { Color } from "./release";
import { NO_TRAFFIC, type TrafficCounts } from "./trafficCounts";
import { DEFAULT_BAD_PER_CLIENT } from "./trafficLimits";

/** One request of a user, as it was answered. */
export interface UserRequest {
  /** When it was answered, in Unix time with fractions, by the clock of who tells it. */
  readonly at: number;
  readonly color: Color;
  readonly service: string;
  /** Earliest moment at which it can have been answered, where that is not known exactly; left out: `at`. */
  readonly from?: number;
  /** Address it came from; empty: not known, and then each request counts as one of another client. */
  readonly client: string;
  /** Answered with 500 or more, or first failed on a replica. */
  readonly bad: boolean;
  /** How long the service took to begin its answer; null: that is not known, or does not count. */
  readonly seconds: number | null;
  /** `GET /web/items`, without what follows a question mark; empty: not known. */
  readonly path: string;
  /** Path and query as the client wrote them; left out: too long to be known whole. */
  readonly uri?: string;
}

/** A path with bad requests, and how many. */
export interface WorstPath {
  readonly path: string;
  readonly bad: number;
}

/** So many paths are told apart; a service whose paths hold ids would have one for each request. */
const MOST_PATHS = 500;

/** A client with at least this share of the requests is a proxy, behind which there are many: all of its requests count. */
const PROXY_SHARE = 0.5;
const MINIMUM_PROXY_REQUESTS = 20;

/** Counts the requests of one set, by service and for the whole set. */
export class TrafficTally {
  private readonly whole = new ServiceTally();
  private readonly services = new Map<string, ServiceTally>();

  /** @param isTimed whether its latency counts: not while caches are cold. */
  add(request: UserRequest, isTimed: boolean): void {
    const { service } = request;
    const own = this.services.get(service) ?? new ServiceTally();
    this.services.set(service, own);
    for (const tally of [this.whole, own]) tally.add(request, isTimed);
  }

  /** @param service null: all of them. */
  counts(service: string | null): TrafficCounts {
    return (service === null ? this.whole : this.services.get(service))?.counts() ?? NO_TRAFFIC;
  }

  /** Paths with the most bad requests. */
  worstPaths(service: string | null, most: number): WorstPath[] {
    const tally = service === null ? this.whole : this.services.get(service);
    return [...(tally?.badPaths ?? [])]
      .map(([path, bad]) => ({ path, bad }))
      .sort((a, b) => b.bad - a.bad)
      .slice(0, most);
  }
}

interface Second {
  readonly second: number;
  requests: number;
  bad: number;
  counted: number;
  readonly latency: LatencyHistogram;
}

class ServiceTally {
  readonly badPaths = new Map<string, number>();
  private readonly seconds = new Map<number, Second>();
  private requests = 0;
  private readonly requestsOfClient = new Map<string, number>();
  private readonly badOfClient = new Map<string, number>();
  /** Client -> buckets of its slowest requests. */
  private readonly slowOfClient = new Map<string, number[]>();
  private readonly slowest: LatencyHistogram = {};

  add({ at, client, bad, seconds, path }: UserRequest, isTimed: boolean): void {
    const second = this.secondOf(Math.floor(at));
    second.requests += 1;
    const isProxy = this.countClient(client);
    if (bad) {
      second.bad += 1;
      const before = this.badOfClient.get(client) ?? 0;
      this.badOfClient.set(client, before + 1);
      if (isProxy || before < DEFAULT_BAD_PER_CLIENT) second.counted += 1;
      if (path !== "" && (this.badPaths.has(path) || this.badPaths.size < MOST_PATHS)) {
        this.badPaths.set(path, (this.badPaths.get(path) ?? 0) + 1);
      }
    }
    if (isTimed && seconds !== null) {
      addSeconds(second.latency, seconds);
      this.addSlow(client, bucketOf(seconds), isProxy);
    }
  }

  counts(): TrafficCounts {
    const seconds = [...this.seconds.values()].sort((a, b) => a.second - b.second);
    return { seconds, slowest: this.slowest };
  }

  /** @returns whether the client stands for many. */
  private countClient(client: string): boolean {
    this.requests += 1;
    if (client === "") return true;
    const own = (this.requestsOfClient.get(client) ?? 0) + 1;
    this.requestsOfClient.set(client, own);
    return own >= MINIMUM_PROXY_REQUESTS && own >= PROXY_SHARE * this.requests;
  }

  private secondOf(second: number): Second {
    const known = this.seconds.get(second);
    if (known) return known;
    const fresh = { second, requests: 0, bad: 0, counted: 0, latency: {} };
    this.seconds.set(second, fresh);
    return fresh;
  }

  /** Keeps a client's few slowest requests, and their histogram in step. */
  private addSlow(client: string, bucket: number, isProxy: boolean): void {
    if (isProxy) return this.change(bucket, 1);
    const slow = this.slowOfClient.get(client) ?? [];
    this.slowOfClient.set(client, slow);
    if (slow.length >= DEFAULT_BAD_PER_CLIENT) {
      const least = Math.min(...slow);
      if (bucket <= least) return;
      slow.splice(slow.indexOf(least), 1);
      this.change(least, -1);
    }
    slow.push(bucket);
    this.change(bucket, 1);
  }

  private change(bucket: number, by: number): void {
    const count = (this.slowest[bucket] ?? 0) + by;
    if (count > 0) this.slowest[bucket] = count;
    else delete this.slowest[bucket];
  }
}
