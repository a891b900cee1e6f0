import type { UserRequest } from "../../../../release/trafficTally";
import { showTop, type TopLook, type TopRow } from "../../../../rules/top/topTable";
import { TrafficWindow } from "../../../../rules/top/trafficWindow";

const NOW = 1_000_000;

const request = (at: number, overrides: Partial<UserRequest> = {}): UserRequest => ({
  ...{ at, color: "blue", service: "web", client: "192.0.2.1", bad: false, seconds: 0.01 },
  ...{ path: "GET /web/", ...overrides },
});

describe("the window of requests", () => {
  it("counts the whole seconds before, by set and service, and all of them together", () => {
    const window = new TrafficWindow(10);
    for (let index = 0; index < 40; index += 1) {
      window.add(request(NOW - 10 + index / 4, { bad: index % 10 === 0 }));
    }
    window.add(request(NOW - 1, { color: "green", seconds: null }));
    window.add(request(NOW - 1, { service: "api" }));
    // Before the window, and in the second that has begun.
    window.add(request(NOW - 10.1));
    window.add(request(NOW + 0.2));
    expect(window.rates("blue", "web", NOW + 0.5)).toMatchObject({
      requestsPerSecond: 4,
      errors: 0.1,
    });
    expect(window.rates("green", "web", NOW + 0.5)).toEqual({
      ...{ requestsPerSecond: 0.1, errors: 0, p95Seconds: null },
    });
    expect(window.rates(null, "edge", NOW + 0.5).requestsPerSecond).toBe(4.2);
    expect(window.rates("green", "api", NOW)).toEqual({
      ...{ requestsPerSecond: 0, errors: null, p95Seconds: null },
    });
  });

  it("tells the latency of 95 of 100 requests, and forgets what is old", () => {
    const window = new TrafficWindow(10);
    for (let index = 1; index <= 100; index += 1) {
      window.add(request(NOW - 5, { seconds: index / 100 }));
    }
    const { p95Seconds } = window.rates("blue", "web", NOW);
    expect(p95Seconds).toBeGreaterThanOrEqual(0.95);
    expect(p95Seconds).toBeLessThan(1);
    window.rates("blue", "web", NOW + 60);
    expect(window.rates("blue", "web", NOW).requestsPerSecond).toBe(0);
  });
});

describe("the table of a look", () => {
  const megabytes = (count: number) => count * 1024 * 1024;
  const row = (overrides: Partial<TopRow>): TopRow => ({
    ...{ set: "blue", service: "web", replicas: 1, cpus: 0.0512 },
    ...{ memoryBytes: megabytes(120), memoryLimitBytes: megabytes(512) },
    ...{ requestsPerSecond: 12.34, errors: 0, p95Seconds: 0.0214, ...overrides },
  });
  const look = (overrides: Partial<TopLook> = {}): TopLook => ({
    ...{ stack: "demo", at: "2026-01-01T00:00:00.000Z", active: "green", windowSeconds: 10 },
    ...{ missing: null, rows: [], ...overrides },
  });
  const plain = (text: string) => text;
  const PLAIN = { strong: plain, faint: plain, bad: plain };

  it("has the set that users get first, then what is of no set, and the edge last, numbers below each other", () => {
    const traffic = { requestsPerSecond: null, errors: null, p95Seconds: null };
    const rows = [
      row({ set: null, service: "queue", ...traffic }),
      row({ set: null, service: "edge", memoryLimitBytes: Infinity }),
      row({ requestsPerSecond: 0, errors: null, p95Seconds: null, cpus: null }),
      row({ set: "green", service: "web", replicas: 2, requestsPerSecond: 1234.5, errors: 0.021 }),
      row({ set: "green", service: "api", p95Seconds: 1.2 }),
    ];
    expect(showTop(look({ rows }), PLAIN)).toEqual([
      "demo  2026-01-01T00:00:00.000Z  requests of the last 10 s",
      "SET      SERVICE    CPU        MEMORY   REQ/S  ERRORS      P95",
      "green *  api      5.1 %  120 / 512 MB    12.3   0.0 %  1200 ms",
      "green *  web (2)  5.1 %  120 / 512 MB  1234.5   2.1 %    21 ms",
      "blue     web          -  120 / 512 MB     0.0       -        -",
      "         queue    5.1 %  120 / 512 MB       -       -        -",
      "         edge     5.1 %        120 MB    12.3   0.0 %    21 ms",
    ]);
  });

  it("marks errors, and says why requests are not known", () => {
    const bad = (text: string) => `!${text}!`;
    const missing = "the edge's log ended";
    const lines = showTop(look({ missing, rows: [row({ errors: 0.5 })] }), { ...PLAIN, bad });
    expect(lines[1]).toBe("!requests are not known: the edge's log ended!");
    expect(lines.at(-1)).toContain("!50.0 %!");
  });
});
