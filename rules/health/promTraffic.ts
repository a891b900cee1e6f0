import { COLORS, type Color } from "../../release/release";
import type { UserRequest } from "../../release/trafficTally";
import { METRICS } from "../observability/metricNames";

/** A series as Prometheus tells it: Unix time with fractions, and a text for each value. */
export interface PromSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [number, string])[];
}

const { edgeRequests, edgeBadRequests, edgeDuration } = METRICS;
const BUCKETS = `${edgeDuration.name}_bucket`;
/** No address has it: whose requests these are is not told. */
const NO_CLIENT = "";
/** Just above the lower end of a bucket, so that it counts as slower than that. */
const ABOVE = 1.0001;
/** What a bucket without an upper end may hold, in seconds. */
const LONGEST_SECONDS = 64;

/** All samples of what users get of a stack, as they were scraped in the last seconds. */
export function trafficQuery(stack: string, seconds: number): string {
  const names = [edgeRequests.name, edgeBadRequests.name, BUCKETS].join("|");
  return `{__name__=~"${names}",stack=${JSON.stringify(stack)}}[${seconds}s]`;
}

/** What Prometheus says as the result of such a query; throws Error where that is no answer. */
export function readSeries(answer: unknown): readonly PromSeries[] {
  const { status, error, data } = (answer ?? {}) as {
    status?: unknown;
    error?: string;
    data?: { resultType?: unknown; result?: unknown };
  };
  if (status !== "success") throw new Error(error ?? "the answer is not Prometheus'");
  if (data?.resultType === "matrix") return data.result as PromSeries[];
  throw new Error(`it gives a ${String(data?.resultType)}, wanted samples`);
}

/** What a set's service got between two scrapes. */
interface Growth {
  readonly color: Color;
  readonly service: string;
  readonly from: number;
  readonly at: number;
  requests: number;
  bad: number;
  /** Upper end of a bucket -> how many more requests took no longer. */
  readonly upTo: Map<number, number>;
}

/**
 * Requests of users by the exporter's counters, for the same tally and verdict that the edge's log has. Who they were and
 * what they asked for is not told, and of how long they took only the bucket.
 */
export class PromTraffic {
  private readonly last = new Map<string, readonly [at: number, value: number]>();
  /** Times of the last two scrapes. */
  private scrapes: readonly number[] = [];

  /** @param begin what is scraped later is of now, by Prometheus' clock: what is earlier is only compared with. */
  constructor(private readonly begin: number) {}

  /** @returns requests that no answer before has told of, the oldest first. */
  take(series: readonly PromSeries[]): UserRequest[] {
    const times = [...new Set(series.flatMap(({ values }) => values.map(([at]) => at)))]
      .concat(this.scrapes)
      .sort((one, other) => one - other);
    const growths = new Map<string, Growth>();
    for (const each of series) this.addGrowth(each, times, growths);
    this.scrapes = [...new Set(times)].slice(-2);
    const requests = [...growths.values()].flatMap((growth) => this.requestsOf(growth));
    return requests.sort((one, other) => one.at - other.at);
  }

  /** When something was scraped last; null: never. */
  scrapedAt(): number | null {
    return this.scrapes.at(-1) ?? null;
  }

  /** From one scrape to the next, in seconds; null: there were no two. */
  interval(): number | null {
    const [one, other] = this.scrapes;
    return one !== undefined && other !== undefined ? other - one : null;
  }

  private addGrowth(
    { metric, values }: PromSeries,
    times: readonly number[],
    growths: Map<string, Growth>,
  ): void {
    const { set, service = "" } = metric;
    const color = COLORS.find((each) => each === set);
    if (color === undefined) return;
    const key = JSON.stringify(Object.entries(metric).sort());
    for (const [at, text] of values) {
      const value = Number(text);
      const known = this.last.get(key);
      if (known !== undefined && at <= known[0]) continue;
      this.last.set(key, [at, value]);
      // One that was not there at the scrape before has begun since; of the first scrape nobody knows that.
      const from = known?.[0] ?? times.findLast((time) => time < at);
      if (from === undefined) continue;
      const before = known?.[1] ?? 0;
      // A counter that is lower has begun again.
      const more = value < before ? value : value - before;
      const id = `${color} ${service} ${at}`;
      const growth = growths.get(id) ?? {
        ...{ color, service, from, at, requests: 0, bad: 0 },
        upTo: new Map<number, number>(),
      };
      growths.set(id, growth);
      grow(growth, metric, more);
    }
  }

  private requestsOf({ color, service, from, at, requests, bad, upTo }: Growth): UserRequest[] {
    const count = Math.round(requests);
    const isPast = at <= this.begin;
    const seconds = spreadSeconds(upTo, isPast);
    return Array.from({ length: count }, (_, index) => ({
      // Of now all counts at the scrape: before the traffic moved none can have been the new set's.
      at: isPast ? from + ((at - from) * (index + 0.5)) / count : at,
      ...{ from, color, service, client: NO_CLIENT, path: "" },
      bad: index < bad,
      seconds: seconds[index] ?? null,
    }));
  }
}

function grow(growth: Growth, metric: PromSeries["metric"], more: number): void {
  const { __name__: name, le = "" } = metric;
  if (name === edgeRequests.name) growth.requests += more;
  else if (name === edgeBadRequests.name) growth.bad += more;
  else {
    const end = le === "+Inf" ? Infinity : Number(le);
    growth.upTo.set(end, (growth.upTo.get(end) ?? 0) + more);
  }
}

/**
 * A time for each request of a histogram. Of the time before it is the upper end of its bucket, of what is judged the lower
 * one: a release never fails for what it may not have done.
 */
function spreadSeconds(upTo: ReadonlyMap<number, number>, isPast: boolean): number[] {
  const ends = [...upTo.keys()].sort((one, other) => one - other);
  return ends.flatMap((end, index) => {
    const lower = index === 0 ? 0 : ends[index - 1]!;
    const count = Math.round(upTo.get(end)! - (index === 0 ? 0 : upTo.get(lower)!));
    const seconds = isPast ? Math.min(end, LONGEST_SECONDS) : lower * ABOVE;
    return Array.from<number>({ length: Math.max(0, count) }).fill(seconds);
  });
}
