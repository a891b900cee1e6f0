import type { TrafficBaseline } from "../../../release/trafficBaseline";
import { withDefaultLimits } from "../../../release/trafficLimits";
import { adviseShares, describeOutlook } from "../../../release/trafficOutlook";

const before = (perSecond: number): TrafficBaseline => ({
  ...{ from: 0, until: 60, requests: 60 * perSecond, bad: 0, errorBound: 0.004 },
  ...{ timed: 60 * perSecond, p95Seconds: 0.1, p95BoundSeconds: 0.11 },
  ...{ errorBurstiness: 1, slowBurstiness: 1 },
});
const limits = withDefaultLimits();
const all = { seconds: 60, percent: 100 };

describe("what a watch can notice", () => {
  it("is told before the update, at the traffic of the last one", () => {
    expect(describeOutlook(before(50), all, limits, 5)).toBe(
      "at the 50 requests/s of the last watch, one for 60 s notices 1.5 % of failed requests or more (with a chance of 90 %)",
    );
  });

  it("is less for a share of the clients", () => {
    const tenth = describeOutlook(before(50), { ...all, percent: 10 }, limits, 5);
    const [, rate] = /one of 10 % of the clients for 60 s notices ([\d.]+) %/.exec(tenth) ?? [];
    expect(Number(rate)).toBeGreaterThan(4);
  });

  it("is hardly anything at a request a second or two", () => {
    expect(describeOutlook(before(0.1), all, limits, 5)).toBe(
      "at the 0.1 requests/s of the last watch, one for 60 s can hardly tell a bad release from a good one: about 6 requests; watch longer",
    );
  });
});

describe("small shares", () => {
  it("are advised against where they would say too little", () => {
    expect(adviseShares(before(10), [10, 25, 50, 100])).toBe(
      "10 requests/s are too few for shares of 10, 25 %: fewer, larger steps, such as 50 and 100, say more in the same time",
    );
    expect(adviseShares(before(10), [50, 100])).toBeNull();
    expect(adviseShares(before(20), [10, 100])).toBeNull();
  });
});
