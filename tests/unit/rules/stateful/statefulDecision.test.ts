import {
  decideStateful,
  formatStatefulWish,
  parseStatefulWish,
  type StatefulFacts,
  type StatefulRecord,
  type StatefulWish,
} from "../../../../rules/stateful/statefulDecision";
import {
  describeChange,
  nextVolume,
  planStateful,
  type StatefulPlan,
} from "../../../../rules/stateful/statefulPlan";

const plan = (changes: Partial<StatefulPlan> = {}): StatefulPlan => ({
  ...planStateful(
    {
      image: `registry.test/redis@sha256:${"a".repeat(64)}`,
      ...{ port: 6379, volume: { path: "/data" }, command: null, user: "10001:10001", env: {} },
      ...{ secrets: [], backup: ["dump"], stopGraceSeconds: 30, scratchPaths: ["/tmp"] },
      health: { command: null, intervalMilliseconds: 500, deadlineSeconds: 60 },
      resources: { memoryMegabytes: 256, cpus: "1", pids: 256 },
    },
    null,
    "/run/maestro",
  ),
  ...changes,
});
const newer = plan({ image: `registry.test/redis@sha256:${"b".repeat(64)}` });
const record = (changes: Partial<StatefulRecord> = {}): StatefulRecord => ({
  ...{ number: 4, applied: plan(), volume: "shop-demo-cache" },
  ...changes,
});
const decide = (changes: Partial<StatefulFacts>, wish: StatefulWish | null = null) =>
  decideStateful(
    { service: "cache", wanted: plan(), record: record(), isUp: true, ...changes },
    wish,
  );
const update: StatefulWish = { action: "update", service: "cache" };
const remove: StatefulWish = { action: "remove", service: "cache" };

describe("what an update makes of a stateful service", () => {
  it("is made for the first time as it is wanted, and again where that has failed", () => {
    expect(decide({ record: null }).work).toMatchObject({ plan: plan(), number: 1 });
    expect(decide({ record: record({ applied: null }), wanted: newer }).work).toMatchObject({
      ...{ plan: newer, number: 5 },
    });
  });

  it("stays as it is, with the number that its step has had", () => {
    const { work, says } = decide({});
    expect([work, says]).toEqual([{ service: "cache", plan: plan(), number: 4 }, null]);
  });

  it("stays as it is where something else is wanted, and says what waits for which command", () => {
    const { work, says } = decide({ wanted: newer });
    expect(work).toMatchObject({ plan: plan(), number: 4 });
    expect(says).toBe(
      "cache waits for `maestro stateful update cache`: " +
        `image registry.test/redis@sha256:${"a".repeat(12)} -> registry.test/redis@sha256:${"b".repeat(12)}`,
    );
  });

  it("becomes what is wanted in the update that is about it, and in none about another one", () => {
    expect(decide({ wanted: newer }, update)).toEqual({
      ...{ work: { service: "cache", plan: newer, number: 5 }, says: null },
    });
    expect(decide({ wanted: newer }, { ...update, service: "queue" }).work?.plan).toEqual(plan());
  });

  it.each<[string, Partial<StatefulFacts>]>([
    ["is down", { isUp: false }],
    ["had an update that was killed", { record: record({ update: { to: newer, volume: "x" } }) }],
    ["was taken away", { record: record({ removed: true }) }],
  ])("runs again as it did where it %s", (_what, changes) => {
    expect(decide({ ...changes, wanted: newer }).work).toMatchObject({ plan: plan(), number: 5 });
  });

  it("runs on where the stack names it no more, until somebody has it taken away", () => {
    const { work, says } = decide({ wanted: null });
    expect(work).toMatchObject({ plan: plan(), number: 4 });
    expect(says).toContain("`maestro stateful remove cache` takes it away and keeps its data");
    expect(decide({ wanted: null }, remove)).toEqual({ work: null, says: null });
    expect(decide({ wanted: null, record: record({ removed: true }) }).work).toBeNull();
    expect(decide({ wanted: null, record: record({ applied: null }) }).work).toBeNull();
  });

  it("is not taken away by an update that begins while the stack still names it", () => {
    expect(decide({}, remove).work).toMatchObject({ plan: plan() });
  });
});

describe("a change", () => {
  it("is told without a value", () => {
    const other = plan({ env: { TOKEN: "hunter2" }, stopGraceSeconds: 5 });
    expect(describeChange(plan(), other)).toBe("env, stopGraceSeconds");
    const secrets = { version: "v1", names: ["A"], user: "1:1", directory: "/run/maestro" };
    const [one, two] = ["v1", "v2"].map((version) => plan({ secrets: { ...secrets, version } }));
    expect(describeChange(one!, two!)).toBe("secrets v1 -> v2");
    expect(describeChange(plan(), one!)).toBe("secrets none -> v1");
  });

  it("is not one of how it is backed up", () => {
    const settings = { ...plan(), secrets: [], backup: null };
    expect(planStateful(settings, null, "/run/maestro")).toEqual(plan());
  });

  it("has its data in a volume that none has had before", () => {
    const next = (volume: string) => nextVolume("shop-demo", "cache", volume);
    expect(next("shop-demo-cache")).toBe("shop-demo-cache-2");
    expect(next("shop-demo-cache-2")).toBe("shop-demo-cache-3");
    expect(next("shop-demo-cache-10")).toBe("shop-demo-cache-11");
  });
});

describe("the wish that a command hands to its update", () => {
  it.each([update, remove, { ...update, backup: "20261130T093000Z-3f2a" }])(
    "arrives: %j",
    (wish) => {
      expect(parseStatefulWish(formatStatefulWish(wish))).toEqual(wish);
    },
  );

  it("is none where nobody has one, and refused where nobody but a command would write it", () => {
    expect([parseStatefulWish(undefined), parseStatefulWish("")]).toEqual([null, null]);
    for (const given of ["cache", "update:", "update:../x", "drop:cache", "update:cache:a b"]) {
      expect(() => parseStatefulWish(given)).toThrow("MAESTRO_STATEFUL: is set by");
    }
  });
});
