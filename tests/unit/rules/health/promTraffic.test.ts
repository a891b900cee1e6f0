import { summarizeBaseline } from "../../../../release/trafficBaseline";
import { withDefaultLimits } from "../../../../release/trafficLimits";
import { TrafficTally, type UserRequest } from "../../../../release/trafficTally";
import type { ServiceTraffic } from "../../../../release/trafficTests";
import { judgeTraffic } from "../../../../release/trafficVerdict";
import { PromTraffic, readSeries, trafficQuery } from "../../../../rules/health/promTraffic";
import { SeededRandom } from "../../../support/seededRandom";
import { ScrapedCounters } from "../../../support/scrapedCounters";

const SWITCH = 1_788_264_600;
const SCRAPE_SECONDS = 5;

/** What a set answers to 50 requests a second. */
interface Kind {
  readonly badShare?: number;
  readonly slowShare?: number;
  /** @default 50 */
  readonly perSecond?: number;
}

function requestsOf(color: "blue" | "green", from: number, seconds: number, kind: Kind) {
  const { badShare = 0.001, slowShare = 0, perSecond = 50 } = kind;
  const random = new SeededRandom(`${color} ${JSON.stringify(kind)}`);
  return Array.from({ length: seconds * perSecond }, (_, index): UserRequest => {
    const slow = random.next() < slowShare;
    return {
      ...{ at: from + index / perSecond, color, service: "web", client: `c${index}` },
      ...{ bad: random.next() < badShare, path: "GET /" },
      seconds: slow ? 0.7 : 0.012 + 0.01 * random.next(),
    };
  });
}

/** The same as {@link requestsOf}, as Prometheus has it: those before the switch in one answer, then each scrape. */
function scraped(requests: readonly UserRequest[], end: number): UserRequest[] {
  const counters = new ScrapedCounters("demo", requests);
  const traffic = new PromTraffic(SWITCH);
  const told: UserRequest[] = [];
  for (let at = SWITCH; at <= end; at += SCRAPE_SECONDS) {
    const from = at === SWITCH ? SWITCH - 600 : at - 2 * SCRAPE_SECONDS;
    told.push(...traffic.take(counters.between(from, at, SCRAPE_SECONDS)));
  }
  return told;
}

function judge(requests: readonly UserRequest[]) {
  const [before, after] = [new TrafficTally(), new TrafficTally()];
  for (const request of requests) {
    if (request.at < SWITCH) before.add(request, true);
    else if (request.color === "green") {
      after.add(request, (request.from ?? request.at) >= SWITCH + 5);
    }
  }
  const window = { from: SWITCH - 300, until: SWITCH };
  const traffic = (service: string | null): ServiceTraffic => ({
    ...{ watch: after.counts(service), beside: null, limits: withDefaultLimits() },
    baseline: summarizeBaseline(before.counts(service), window),
  });
  const { verdict, metrics } = judgeTraffic({
    ...{ whole: traffic(null), services: { web: traffic("web") }, missing: null },
  });
  return {
    verdict,
    metrics: metrics.map((each) => `${each.service ?? "all"} ${each.metric} ${each.verdict}`),
    seen: metrics.map(({ tests }) => tests.map(({ requests: count, bad }) => [count, bad])),
  };
}

describe("a verdict by the counters that a Prometheus has", () => {
  // prettier-ignore
  it.each<[string, Kind, string]>([
    ["as good as the one before", {}, "pass"],
    ["failing in 5 % of the requests", { badShare: 0.05 }, "fail"],
    ["failing in all requests", { badShare: 1 }, "fail"],
    ["slow in 20 % of the requests", { slowShare: 0.2 }, "fail"],
    ["asked a few times", { perSecond: 0.2 }, "inconclusive"],
    ["asked by nobody", { perSecond: 0 }, "noData"],
  ])("is the one by the edge's log, of a release that is %s", (_, kind, verdict) => {
    const requests = [
      ...requestsOf("blue", SWITCH - 300, 300, {}),
      ...requestsOf("green", SWITCH + 0.01, 59, kind),
    ];
    const [logged, asked] = [judge(requests), judge(scraped(requests, SWITCH + 60))];
    expect(asked).toMatchObject({ verdict, metrics: logged.metrics });
    expect(logged.verdict).toBe(verdict);
    const errors = ({ seen }: typeof logged) => seen.filter((_each, index) => index % 2 === 0);
    expect(errors(asked)).toEqual(errors(logged));
  });
});

describe("counters", () => {
  const series = (name: string, values: [number, string][], more: object = {}) => ({
    metric: { __name__: name, stack: "demo", service: "web", set: "green", release: "a1", ...more },
    values,
  });
  const total = (...values: [number, string][]) =>
    series("maestro_edge_requests_total", values, { class: "2xx" });

  it("that begin again have not gone back, and those that come later have begun at zero", () => {
    const traffic = new PromTraffic(0);
    expect(traffic.take([total([10, "100"])])).toEqual([]);
    expect(traffic.take([total([10, "100"], [20, "103"], [30, "2"])])).toHaveLength(5);
    const failed = series("maestro_edge_requests_total", [[40, "4"]], { class: "5xx" });
    const bad = series("maestro_edge_bad_requests_total", [[40, "4"]]);
    const told = traffic.take([total([40, "2"]), failed, bad]);
    expect(told).toHaveLength(4);
    expect(told[0]).toEqual({
      ...{ at: 40, from: 30, color: "green", service: "web", client: "", path: "" },
      ...{ bad: true, seconds: null },
    });
    expect([traffic.scrapedAt(), traffic.interval()]).toEqual([40, 10]);
  });

  it("of a histogram tell the lower end of what is judged, and the upper one of the time before", () => {
    const bucket = (le: string, ...values: [number, string][]) =>
      series("maestro_edge_request_duration_seconds_bucket", values, { le });
    const traffic = new PromTraffic(25);
    const told = traffic.take([
      total([10, "0"], [20, "2"], [30, "4"]),
      bucket("0.1", [10, "0"], [20, "0"], [30, "0"]),
      bucket("0.25", [10, "0"], [20, "1"], [30, "2"]),
      bucket("+Inf", [10, "0"], [20, "2"], [30, "4"]),
    ]);
    expect(told.map(({ at, seconds }) => [at, seconds])).toEqual([
      [12.5, 0.25],
      [17.5, 64],
      [30, expect.closeTo(0.1, 3)],
      [30, expect.closeTo(0.25, 3)],
    ]);
  });

  it("are asked for as they were scraped, of one stack", () => {
    expect(trafficQuery("demo", 600)).toBe(
      '{__name__=~"maestro_edge_requests_total|maestro_edge_bad_requests_total|maestro_edge_request_duration_seconds_bucket",stack="demo"}[600s]',
    );
  });

  it.each([
    [{ status: "error", error: "query timed out" }, "query timed out"],
    [{ status: "success", data: { resultType: "vector", result: [] } }, "it gives a vector"],
    [{}, "the answer is not Prometheus'"],
  ])("are not what another answer tells: %j", (answer, message) => {
    expect(() => readSeries(answer)).toThrow(message);
  });
});
