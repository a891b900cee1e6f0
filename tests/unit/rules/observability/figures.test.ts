import { createRelease } from "../../../../release/release";
import { areDelivered, fingerprints } from "../../../../rules/observability/deliveredSecrets";
import { statusClass } from "../../../../rules/observability/metricNames";
import { readProc } from "../../../../rules/observability/procFigures";
import { rejectedSinceSuccess } from "../../../../rules/observability/rejections";
import { serviceTargets } from "../../../../rules/observability/serviceTargets";
import { events, type Line } from "../../../support/deliveryEvents";
import { placedRelease, serviceRelease } from "../../../support/releases";

it.each([
  [101, "2xx"],
  [200, "2xx"],
  [304, "3xx"],
  [404, "4xx"],
  [503, "5xx"],
  [599, "5xx"],
])("an answer of %d is of class %s", (status, expected) => {
  expect(statusClass(status)).toBe(expected);
});

it("reads a host's figures as Linux writes them", () => {
  const stat = "cpu  1200 30 400 9000 50 0 7 3 600 0\ncpu0 1 2 3 4 5 6 7 8 9 10\n";
  const meminfo = "MemTotal:       2048 kB\nMemFree:  1 kB\nMemAvailable:    512 kB\n";
  expect(readProc({ stat, meminfo, loadavg: "0.42 0.30 0.20 1/234 567\n" })).toEqual({
    cpuSeconds: {
      ...{ user: 12, nice: 0.3, system: 4, idle: 90, iowait: 0.5, irq: 0 },
      ...{ softirq: 0.07, steal: 0.03 },
    },
    ...{ memoryBytes: 2048 * 1024, memoryAvailableBytes: 512 * 1024, load1: 0.42 },
  });
});

describe("rejected releases since the last that users kept", () => {
  it.each<[string, Line[], number]>([
    ["none, where nothing has happened", [], 0],
    [
      "those that failed their gate",
      [
        [0, "moved", "a"],
        [1, "rejected", "b"],
        [2, "rejected", "c"],
      ],
      2,
    ],
    [
      "one that users got and lost, and those before it",
      [
        [0, "rejected", "a"],
        [1, "moved", "b"],
        [2, "rejected", "b"],
        [3, "went back", "z"],
      ],
      2,
    ],
    [
      "none after one that users kept",
      [
        [0, "rejected", "a"],
        [1, "moved", "b"],
        [2, "watched", "b"],
      ],
      0,
    ],
    [
      "as before, where an update was cancelled",
      [
        [0, "rejected", "a"],
        [1, "moved", "b"],
        [2, "went back", "z"],
      ],
      1,
    ],
  ])("are %s", (_, lines, expected) => {
    expect(rejectedSinceSuccess(events(lines))).toBe(expected);
  });
});

describe("where services tell metrics of their own", () => {
  const web = serviceRelease({ overrides: { replicas: 2, port: 8080 } });
  const record = placedRelease(createRelease({ web, api: serviceRelease({ name: "api" }) }));
  const place = { stack: "demo", subnet: "10.7.0.0/16" };

  it("is each replica of both sets that says so, with what it is", () => {
    const sets = [{ color: "green", record, proven: true }] as const;
    const found = serviceTargets(sets, { web: { path: "/internal/metrics" } }, place);
    expect(found.map(({ targets }) => targets)).toEqual([["10.7.96.0:8080"], ["10.7.96.1:8080"]]);
    expect(found[1]!.labels).toEqual({
      ...{ stack: "demo", service: "web", set: "green", release: record.id, replica: "1" },
      __metrics_path__: "/internal/metrics",
    });
  });

  it("is nowhere for a service that a set does not have", () => {
    const sets = [{ color: "blue", record, proven: true }] as const;
    expect(serviceTargets(sets, { other: { path: "/metrics" } }, place)).toEqual([]);
  });
});

describe("what channels need", () => {
  const secrets = [
    { file: "channel-a", variable: "A" },
    { file: "channel-b", variable: "B" },
  ];
  const here = fingerprints(secrets, { A: "one", B: "" }, "token");

  it("counts as delivered as it is, whatever another deployer has", () => {
    expect(Object.keys(here)).toEqual(["A"]);
    expect(areDelivered(here, { ...here, B: "of another" })).toBe(true);
    expect(areDelivered(here, fingerprints(secrets, { A: "two" }, "token"))).toBe(false);
    expect(areDelivered(here, {})).toBe(false);
  });

  it("is not told by its fingerprint without the stack's token", () => {
    expect(here).not.toEqual(fingerprints(secrets, { A: "one" }, "another token"));
    expect(JSON.stringify(here)).not.toContain("one");
  });
});
