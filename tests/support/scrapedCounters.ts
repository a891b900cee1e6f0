import type { UserRequest } from "../../release/trafficTally";
import type { PromSeries } from "../../rules/health/promTraffic";
import { DURATION_BUCKETS, METRICS } from "../../rules/observability/metricNames";

/** One counter: when it has grown by one, the earliest first. */
interface Counter {
  readonly metric: PromSeries["metric"];
  readonly times: readonly number[];
}

/** What a Prometheus has scraped of an exporter that has counted these requests, the earliest first. */
export class ScrapedCounters {
  private readonly counters: readonly Counter[];

  constructor(stack: string, requests: readonly UserRequest[]) {
    const sets = [...new Set(requests.map(({ color, service }) => `${color} ${service}`))];
    this.counters = sets.flatMap((each) => {
      const [set = "", service = ""] = each.split(" ");
      const own = requests.filter(({ color, service: of }) => color === set && of === service);
      const counter = (name: string, counts: (request: UserRequest) => boolean, more = {}) => ({
        metric: { __name__: name, stack, set, service, release: `of ${set}`, ...more },
        times: own.filter(counts).map(({ at }) => at),
      });
      return [
        counter(METRICS.edgeRequests.name, ({ bad }) => !bad, { class: "2xx" }),
        counter(METRICS.edgeRequests.name, ({ bad }) => bad, { class: "5xx" }),
        counter(METRICS.edgeBadRequests.name, ({ bad }) => bad),
        ...[...DURATION_BUCKETS, Infinity].map((end) => {
          const isWithin = ({ seconds }: UserRequest) => seconds !== null && seconds <= end;
          const le = end === Infinity ? "+Inf" : String(end);
          return counter(`${METRICS.edgeDuration.name}_bucket`, isWithin, { le });
        }),
      ];
    });
  }

  /** All samples with a time from `from` to `until`, one each `every` seconds. */
  between(from: number, until: number, every: number): PromSeries[] {
    return this.counters.map(({ metric, times }) => {
      const values: [number, string][] = [];
      let count = 0;
      for (let at = from; at <= until; at += every) {
        while (count < times.length && times[count]! <= at) count += 1;
        values.push([at, String(count)]);
      }
      return { metric, values };
    });
  }
}
