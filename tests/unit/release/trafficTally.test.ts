import { sumCounts } from "../../../release/trafficCounts";
import { countAll } from "../../../release/latencyHistogram";
import { TrafficTally, type UserRequest } from "../../../release/trafficTally";

const request = (change: Partial<UserRequest> = {}): UserRequest => ({
  ...{ at: 1000.5, color: "green", service: "web", client: "a", bad: false },
  ...{ seconds: 0.01, path: "GET /web/" },
  ...change,
});

function tallyOf(requests: readonly UserRequest[], isTimed = true): TrafficTally {
  const tally = new TrafficTally();
  requests.forEach((each) => tally.add(each, isTimed));
  return tally;
}

const many = (count: number, of: (index: number) => Partial<UserRequest>) =>
  Array.from({ length: count }, (_, index) => request(of(index)));

describe("a tally of requests", () => {
  it("counts by service and for all, second by second in order", () => {
    const tally = tallyOf([
      request({ at: 1002.1, bad: true }),
      request({ at: 1000.9 }),
      request({ at: 1000.1, service: "api" }),
    ]);
    const seconds = (service: string | null) =>
      tally.counts(service).seconds.map(({ second, requests, bad }) => [second, requests, bad]);
    expect(seconds("web")).toEqual([
      [1000, 1, 0],
      [1002, 1, 1],
    ]);
    expect(seconds("api")).toEqual([[1000, 1, 0]]);
    expect(seconds(null)).toEqual([
      [1000, 2, 0],
      [1002, 1, 1],
    ]);
    expect(tally.counts("other").seconds).toEqual([]);
  });

  it("counts five bad requests of a client that always fails, and its five slowest", () => {
    const others = many(200, (index) => ({ client: `c${index}` }));
    const hostile = many(40, () => ({ client: "x", bad: true, seconds: 3 }));
    const counts = tallyOf([...others, ...hostile]).counts("web");
    expect(sumCounts(counts)).toMatchObject({ requests: 240, bad: 40, counted: 5 });
    expect(countAll(counts.slowest)).toBe(205);
  });

  it("counts all of an address that most requests come from: it is a proxy", () => {
    const all = many(200, (index) => ({ client: "lb", bad: index % 4 === 0 }));
    const counts = tallyOf(all).counts(null);
    expect(sumCounts(counts)).toMatchObject({ bad: 50 });
    expect(sumCounts(counts).counted).toBeGreaterThan(45);
  });

  it("leaves latency out while it does not count", () => {
    const counts = tallyOf([request({ bad: true })], false).counts("web");
    expect(sumCounts(counts)).toMatchObject({ requests: 1, bad: 1, latency: {} });
    expect(counts.slowest).toEqual({});
  });

  it("names the paths that fail most", () => {
    const failing = many(9, (index) => ({ bad: true, path: index % 3 ? "GET /b" : "GET /a" }));
    expect(tallyOf(failing).worstPaths(null, 1)).toEqual([{ path: "GET /b", bad: 6 }]);
    expect(tallyOf(failing).worstPaths("other", 1)).toEqual([]);
  });
});
