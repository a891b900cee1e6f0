import type { ServiceHealthGate } from "../../../rules/health/healthGate";
import type { Answer } from "../../../rules/host/asking";
import { claimSet } from "../../../steps/claimSet";
import { healthGate } from "../../../steps/healthGate";
import { proveHealth } from "../../../steps/shared/proveHealth";
import type { Ailment } from "../../support/memoryParts";
import { MemoryTarget } from "../../support/memoryTarget";
import { modelRelease, placedRelease } from "../../support/releases";
import { claimInput, gateInput } from "../../support/steps";

const record = placedRelease(modelRelease({ api: 1, web: 1 }));
const set = { color: "blue", record } as const;
let target: MemoryTarget;

beforeEach(() => {
  target = new MemoryTarget();
  jest.spyOn(console, "log").mockImplementation(() => undefined);
  jest.spyOn(console, "error").mockImplementation(() => undefined);
});

const ready = (body: unknown, status = 200): Answer => ({
  status,
  headers: {},
  body: JSON.stringify(body),
});

/** What is said of a set that has this ailment. */
async function says(
  ailment: Ailment,
  gate: ServiceHealthGate = {},
  stabilizeSeconds = 0,
): Promise<string | null> {
  target.ailments.set(record.id, ailment);
  const settings = { stabilizeSeconds, services: { api: gate }, modules: [] };
  const unfit = await proveHealth(target, set, settings);
  return unfit && unfit.says;
}

describe("a set that is ready", () => {
  it("may take traffic when nothing of it is wrong", async () => {
    const gate = { checks: ["database"], maximumMilliseconds: 50, logErrors: ["^FATAL"] };
    expect(await says({ ready: [ready({ database: "ok" })], log: ["all well"] }, gate)).toBeNull();
  });

  it("may not where a part of a service is not well, is not named, or not to be read", async () => {
    const gate = { checks: ["database", "cache"] };
    const answer = ready({ checks: { database: { status: "down" }, disk: "ok" } });
    jest.useFakeTimers({ doNotFake: ["nextTick"] });
    try {
      expect(await soon(says({ ready: [answer] }, gate))).toBe(
        'api-0: /ready calls database "down", wanted it to be well\n' +
          "api-0: /ready does not name cache; it names database, disk, checks",
      );
      expect(await soon(says({ ready: [{ ...answer, body: "fine" }] }, gate))).toBe(
        "api-0: /ready answers no JSON, wanted it to name database, cache",
      );
      expect(await soon(says({ milliseconds: 700 }, { maximumMilliseconds: 500 }))).toBe(
        "api-0: /ready took 700 ms, wanted at most 500 ms",
      );
    } finally {
      jest.useRealTimers();
    }
  });

  it("may as soon as a Prometheus has been told of it, and says what is wanted", async () => {
    const answer = (...values: string[]) => {
      const result = values.map((value) => ({ metric: {}, value: [1, value] }));
      return Response.json({ status: "success", data: { resultType: "vector", result } });
    };
    const asked = jest
      .spyOn(globalThis, "fetch")
      .mockResolvedValueOnce(answer())
      .mockResolvedValueOnce(answer("8"))
      .mockResolvedValue(answer("7"));
    const queries = [
      { name: "q", prometheus: "http://prom:9090/", query: 'q{set="$set"}', maximum: 7 },
    ];
    try {
      const settings = { stabilizeSeconds: 0, services: {}, modules: [], queries };
      jest.useFakeTimers({ doNotFake: ["nextTick", "setImmediate"] });
      expect(await soon(proveHealth(target, set, settings))).toBeNull();
      const [url, init] = asked.mock.calls[0]!;
      expect(url).toBe("http://prom:9090/api/v1/query");
      expect(init?.body).toEqual(new URLSearchParams({ query: 'q{set="blue"}' }));
      expect(asked).toHaveBeenCalledTimes(3);
    } finally {
      jest.useRealTimers();
      asked.mockRestore();
    }
  });

  it("may not where a replica was started again: at once, with its last words", async () => {
    const ailment = { ending: "keeps exiting, restarted 2 times", log: ["boom"] };
    target.ailments.set(record.id, ailment);
    const settings = { stabilizeSeconds: 600, services: {}, modules: [] };
    expect(await proveHealth(target, set, settings)).toEqual({
      kind: "unwell",
      says: "api-0: keeps exiting, restarted 2 times",
      logs: ["boom"],
    });
  });

  it("may not where it has nearly used its memory up, or has written of trouble", async () => {
    const most = "raise services.api.resources.memoryMegabytes, or healthGate.memoryShare";
    expect(await says({ memory: 960 })).toContain(most);
    expect(await says({ memory: 940 })).toBeNull();
    expect(await says({ memory: 600 }, { memoryShare: 0.5 })).toContain(most);
    const log = ["ok", "FATAL: no disk", "FATAL: really"];
    expect(await says({ log }, { logErrors: ["^FATAL", "^panic"] })).toBe(
      "api-0: has written 2 lines that match ^FATAL, wanted none; first: FATAL: no disk",
    );
  });

  it("is tried as users will, step by step, and the first step that fails ends its test", async () => {
    const asked: string[] = [];
    const gate: ServiceHealthGate = {
      smokeTests: [
        {
          name: "an order",
          steps: [
            { method: "POST", path: "/orders/", body: {}, status: 201, capture: { id: "/id" } },
            { path: "/orders/${id}", json: { "/state": "open" } },
            { path: "/never" },
          ],
        },
      ],
    };
    const reply = ({ method, path }: { method: string; path: string }): Answer => {
      asked.push(`${method} ${path}`);
      return method === "POST" ? ready({ id: 17 }, 201) : ready({ state: "lost" });
    };
    expect(await says({ reply }, gate)).toBe(
      'api-0: smoke test "an order": GET /orders/17: /state is "lost", wanted "open"',
    );
    expect(asked).toEqual(["POST /orders/", "GET /orders/17"]);
  });

  it("fails its test where nobody answers, or what is needed next is not there", async () => {
    const smokeTests = [{ name: "t", steps: [{ path: "/", capture: { id: "/id" } }] }];
    const refused = () => {
      throw new Error("ECONNREFUSED");
    };
    expect(await says({ reply: refused }, { smokeTests })).toBe(
      'api-0: smoke test "t": GET /: ECONNREFUSED',
    );
    expect(await says({}, { smokeTests })).toMatch(/id cannot be captured/);
  });
});

/** Lets the time pass that a promise waits for. */
async function soon<T>(promise: Promise<T>): Promise<T> {
  let isDone = false;
  const done = promise.finally(() => (isDone = true));
  while (!isDone) await jest.advanceTimersByTimeAsync(500);
  return done;
}

describe("for a while", () => {
  beforeEach(() => jest.useFakeTimers({ doNotFake: ["nextTick"] }));
  afterEach(() => jest.useRealTimers());

  it("a set stays well, and one that is not ready for a moment begins again", async () => {
    const start = performance.now();
    const ill = ready({}, 503);
    const answers = [...Array<Answer>(10).fill(ready({})), ill, ready({})];
    expect(await soon(says({ ready: answers }, {}, 30))).toBeNull();
    const seconds = (performance.now() - start) / 1000;
    expect(seconds).toBeGreaterThanOrEqual(34);
    expect(seconds).toBeLessThan(42);
  });

  it("a set that never stays well ends with the time, and what it was the last time", async () => {
    const start = performance.now();
    expect(await soon(says({ ready: [ready({ why: "x" }, 503)] }, {}, 30))).toMatch(
      /^api-0: \/ready gave status 503, which says "{"why":"x"}"\nweb-0: /,
    );
    const patience = record.services["api"]!.health.deadlineSeconds;
    expect((performance.now() - start) / 1000).toBeCloseTo(30 + patience, -1);
  });
});

it("the gate rejects a release that does not show what it must, and asks nothing of what serves", async () => {
  await claimSet(target, claimInput("blue", record, 1));
  target.placeAll(set);
  target.ailments.set(record.id, { ending: "exited with code 3" });
  const healthGateSettings = { stabilizeSeconds: 0, services: {}, modules: [] };
  const input = { ...gateInput("blue", record.id, 1), healthGate: healthGateSettings };
  expect(await healthGate(target, input)).toBe(1);
  expect(await target.records.readRejection(record.id)).toMatchObject({
    reason: "api-0: exited with code 3",
  });
  await target.move("blue");
  expect(await healthGate(target, input)).toBe(0);
});
