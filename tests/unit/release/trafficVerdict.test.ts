import { isFailing, judgeTraffic, type MetricVerdict } from "../../../release/trafficVerdict";
import {
  addConcurrentSecond,
  logConcurrentEvidence,
  NO_CONCURRENT_EVIDENCE,
} from "../../../release/evidence";
import { NO_TRAFFIC } from "../../../release/trafficCounts";
import type { TrafficLimitsInput } from "../../../release/trafficLimits";
import { SeededRandom } from "../../support/seededRandom";
import { inputOf, pretendTraffic, trafficOf } from "../../support/trafficCounts";

const steady = (rate: number, seconds: number, requests = 50, latency = 0.05) =>
  pretendTraffic({
    seconds,
    requests: () => requests,
    bad: (second) =>
      Math.floor((second + 1) * requests * rate) - Math.floor(second * requests * rate),
    latency: () => latency,
  });
const before = steady(0.01, 600);

function metric(verdicts: readonly MetricVerdict[], name: "errors" | "latency") {
  return verdicts.find((it) => it.service === "api" && it.metric === name)!;
}

describe("judgeTraffic", () => {
  it("passes a release that is as it was before", () => {
    const { verdict, metrics } = judgeTraffic(inputOf(trafficOf(steady(0.01, 60), { before })));
    expect(verdict).toBe("pass");
    expect(metrics.map((it) => it.verdict)).toEqual(["pass", "pass", "pass", "pass"]);
  });

  it("fails a release that fails five times as often, within 15 s", () => {
    const input = inputOf(trafficOf(steady(0.05, 15), { before }));
    expect(isFailing(input)).toBe(true);
    const { verdict, metrics } = judgeTraffic(input);
    expect(verdict).toBe("fail");
    const { tests, baseline } = metric(metrics, "errors");
    expect(tests.map((test) => test.comparison)).toEqual(["absolute", "before"]);
    expect(tests[1]).toMatchObject({ requests: 750, bad: 37, counted: 37 });
    expect(tests[1]!.allowed).toBeCloseTo(1.5 * baseline!.errorBound, 12);
  });

  it("judges a first release by the absolute limits alone, and says that it knows no time before", () => {
    const { metrics } = judgeTraffic(inputOf(trafficOf(steady(0.02, 60))));
    const { tests, verdict, baseline } = metric(metrics, "errors");
    expect(tests.map((test) => test.comparison)).toEqual(["absolute"]);
    expect({ verdict, baseline }).toEqual({ verdict: "pass", baseline: null });
    expect(judgeTraffic(inputOf(trafficOf(steady(0.2, 10)))).verdict).toBe("fail");
  });

  it("does not compare with fewer than 500 requests", () => {
    const few = trafficOf(steady(0.04, 60), { before: steady(0, 9) });
    expect(metric(judgeTraffic(inputOf(few)).metrics, "errors").tests).toHaveLength(1);
  });

  it("knows nothing without a request, which is no error, and nothing by a log that could not be read", () => {
    const nothing = inputOf(trafficOf(NO_TRAFFIC, { before }));
    expect(judgeTraffic(nothing).verdict).toBe("noData");
    expect(judgeTraffic({ ...nothing, missing: "the log was cut" }).verdict).toBe("error");
    expect(metric(judgeTraffic(nothing).metrics, "errors")).toMatchObject({
      verdict: "noData",
      couldHaveSeen: null,
    });
  });

  it("does not pass a release of whose traffic a part is missing, and fails it on what was seen", () => {
    const cut = (rate: number) =>
      judgeTraffic(inputOf(trafficOf(steady(rate, 60), { before }), "the log was cut")).verdict;
    expect(cut(0.01)).toBe("error");
    expect(cut(0.1)).toBe("fail");
  });

  it("is inconclusive with little traffic, and says what it could have seen", () => {
    const { verdict, metrics } = judgeTraffic(inputOf(trafficOf(steady(0, 30, 1), { before })));
    expect(verdict).toBe("inconclusive");
    expect(metric(metrics, "errors").couldHaveSeen).toBeGreaterThan(0.1);
  });

  it("is inconclusive where one of the services has shown nothing", () => {
    const input = inputOf(trafficOf(steady(0.01, 60), { before }));
    const quiet = trafficOf(NO_TRAFFIC, { before });
    const services = { ...input.services, quiet };
    expect(judgeTraffic({ ...input, services }).verdict).toBe("inconclusive");
  });

  it("measures what is a dry run, and does not judge it", () => {
    const limits = { errors: { dryRun: true } };
    const input = inputOf(trafficOf(steady(0.5, 60), { before, limits }));
    const { verdict, metrics, neededLogEvidence } = judgeTraffic(input);
    expect(verdict).toBe("pass");
    expect(metric(metrics, "errors")).toMatchObject({ verdict: "fail", dryRun: true });
    expect(isFailing(input)).toBe(false);
    // Two tests of latency, of the service and of the whole set.
    expect(neededLogEvidence).toBeCloseTo(Math.log(4 / 0.02), 12);
  });

  it("never passes where everything is a dry run", () => {
    const limits = { errors: { dryRun: true }, latency: { dryRun: true } };
    const input = inputOf(trafficOf(steady(0, 60), { before, limits }));
    expect(judgeTraffic(input).verdict).toBe("inconclusive");
  });

  it("fails a release whose 95th percentile is half as slow again", () => {
    const slow = trafficOf(steady(0.01, 20, 50, 0.075), { before });
    const { verdict, metrics } = judgeTraffic(inputOf(slow));
    expect(verdict).toBe("fail");
    expect(metric(metrics, "latency").p95Seconds! / 0.075).toBeCloseTo(1, 1);
    expect(metric(metrics, "errors").verdict).not.toBe("fail");
  });

  it("takes no difference below the edge's clock for slowness", () => {
    const quick = steady(0, 600, 50, 0.001);
    const slower = trafficOf(steady(0, 60, 50, 0.002), { before: quick });
    expect(judgeTraffic(inputOf(slower)).verdict).toBe("pass");
    const slow = trafficOf(steady(0, 60, 50, 0.005), { before: quick });
    expect(judgeTraffic(inputOf(slow)).verdict).toBe("fail");
  });

  it("does not send a release back for a trifle that grows", () => {
    const tiny = trafficOf(steady(0.0005, 60, 500), { before: steady(0.0001, 600, 500) });
    expect(judgeTraffic(inputOf(tiny)).verdict).toBe("pass");
  });

  it("divides the evidence by the burstiness of the time before", () => {
    const bursty = pretendTraffic({
      seconds: 600,
      requests: () => 50,
      bad: (second) => (second % 40 === 0 ? 20 : 0),
    });
    const input = trafficOf(steady(0.05, 15), { before: bursty });
    expect(input.baseline!.errorBurstiness).toBe(5);
    expect(judgeTraffic(inputOf(input)).verdict).not.toBe("fail");
  });

  it("blames a set for what the one beside it does not do, and not for what both do", () => {
    const canary = (rate: number, stable: number) =>
      judgeTraffic(
        inputOf(trafficOf(steady(rate, 300, 5), { before, beside: steady(stable, 300, 45) })),
      ).verdict;
    expect(canary(0.2, 0.01)).toBe("fail");
    expect(canary(0.04, 0.04)).not.toBe("fail");
    // More than is ever accepted, and no fault of its own: a database that hiccups for both.
    expect(canary(0.2, 0.2)).not.toBe("fail");
  });

  it("holds a set to what is ever accepted where nobody gets the one beside it", () => {
    const alone = trafficOf(steady(0.2, 60), { beside: NO_TRAFFIC });
    expect(judgeTraffic(inputOf(alone)).verdict).toBe("fail");
  });

  it("does not blame a set for slowness that the one beside it has too", () => {
    const beside = (seconds: number, others: number) =>
      judgeTraffic(
        inputOf(
          trafficOf(steady(0, 60, 20, seconds), { before, beside: steady(0, 60, 30, others) }),
        ),
      ).verdict;
    expect(beside(3, 3)).not.toBe("fail");
    expect(beside(3, 0.05)).toBe("fail");
  });
});

describe("a good release", () => {
  const RUNS = 2_000;
  const ALPHA = 0.02;
  const NO_LATENCY = { latency: { dryRun: true } };

  /** Runs of a watch at 50 requests a second that is looked at each 10 s for a minute, at the edge of what is accepted. */
  function falseAlarms(rate: number, limits: TrafficLimitsInput): number {
    const random = new SeededRandom("false alarms");
    const known = trafficOf(NO_TRAFFIC, { before: steady(0.01, 20), limits });
    const baseline = { ...known.baseline!, errorBound: rate / 1.5, errorBurstiness: 1 };
    let alarms = 0;
    for (let run = 0; run < RUNS; run += 1) {
      let bad = 0;
      for (let requests = 500; requests <= 3_000; requests += 500) {
        bad += random.binomial(500, rate);
        // These tests look at sums alone.
        const second = { second: 0, requests, bad, counted: bad, latency: {} };
        const watch = { seconds: [second], slowest: {} };
        const whole = { ...known, baseline, watch };
        if (!isFailing({ whole, services: {}, missing: null })) continue;
        alarms += 1;
        break;
      }
    }
    return alarms;
  }

  it.each([
    ["is accepted of it", 0.015],
    ["is accepted of any", 0.05],
  ])("that fails as often as %s is sent back in 2 % of 2,000 runs at most", (_, rate) => {
    const most = ALPHA * RUNS + 3 * Math.sqrt(ALPHA * (1 - ALPHA) * RUNS);
    expect(falseAlarms(rate, NO_LATENCY)).toBeLessThanOrEqual(most);
  });

  it("beside a few clients who keep the one before is sent back in 2 % of 500 runs at most, looked at from the first ones", () => {
    const RATE = 0.2;
    const random = new SeededRandom("hiccup");
    const known = trafficOf(NO_TRAFFIC, { before: steady(0, 20), limits: NO_LATENCY });
    const baseline = { ...known.baseline!, errorBurstiness: 1 };
    let alarms = 0;
    for (let run = 0; run < 500; run += 1) {
      const sums = { watch: { requests: 0, bad: 0 }, beside: { requests: 0, bad: 0 } };
      const counts = ({ requests, bad }: { requests: number; bad: number }) => ({
        seconds: requests === 0 ? [] : [{ second: 0, requests, bad, counted: bad, latency: {} }],
        slowest: {},
      });
      for (let request = 0; request < 60; request += 1) {
        const side = sums[random.binomial(1, 0.1) === 1 ? "beside" : "watch"];
        side.requests += 1;
        side.bad += random.binomial(1, RATE);
        if (request % 5 !== 4) continue;
        const [watch, beside] = [counts(sums.watch), counts(sums.beside)];
        const whole = { ...known, baseline, watch, beside };
        if (!isFailing({ whole, services: {}, missing: null })) continue;
        alarms += 1;
        break;
      }
    }
    expect(alarms).toBeLessThanOrEqual(ALPHA * 500 + 3 * Math.sqrt(ALPHA * (1 - ALPHA) * 500));
  });

  it("beside another set is sent back in 2 % of 2,000 runs at most, whatever troubles both", () => {
    const random = new SeededRandom("both");
    let alarms = 0;
    for (let run = 0; run < RUNS; run += 1) {
      let evidence = NO_CONCURRENT_EVIDENCE;
      let largest = 0;
      for (let second = 0; second < 60; second += 1) {
        const rate = second % 20 < 5 ? 0.2 : 0.01;
        const [bad, stableBad] = [random.binomial(5, rate * 1.5), random.binomial(45, rate)];
        const seen = { requests: 5, bad, stableRequests: 45, stableBad };
        evidence = addConcurrentSecond(evidence, seen, 1.5);
        largest = Math.max(largest, logConcurrentEvidence(evidence));
      }
      if (largest >= Math.log(1 / ALPHA)) alarms += 1;
    }
    expect(alarms).toBeLessThanOrEqual(ALPHA * RUNS + 3 * Math.sqrt(ALPHA * (1 - ALPHA) * RUNS));
  });
});
