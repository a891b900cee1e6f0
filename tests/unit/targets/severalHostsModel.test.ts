import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { digestsOf } from "../../../release/release";
import type { Fault } from "../../support/modelFaults";
import { ModelWorld } from "../../support/modelWorld";
import { modelRelease } from "../../support/releases";

jest.mock("../../../config/changeOrigin", () => ({
  changeOrigin: () => ({ at: "2026-01-01T00:00:00.000Z", by: "tester", commit: null }),
}));

const RUNS = 150;
/** An update on three hosts makes up to so many changes. */
const MOST_STEPS = 110;

const release = fc
  .record({ api: fc.integer({ min: 1, max: 3 }), web: fc.boolean() })
  .map(({ api, web }) => modelRelease({ api, ...(web && { web: 1 }) }));

const host = fc.integer({ min: 0, max: 2 });
const step = fc.integer({ min: 0, max: MOST_STEPS });
const kill = step.map((at): Fault => ({ kind: "kill", step: at }));
const cut = fc
  .record({ host, step, loses: fc.constantFrom("change" as const, "answer" as const) })
  .chain((how) =>
    fc.constantFrom<Fault>({ kind: "cut", ...how }, { kind: "cut", ...how, watch: true }),
  );
const ailing = fc
  .record({ host, kind: fc.constantFrom("gate" as const, "unwell" as const, "watch" as const) })
  .map((how): Fault => how);

const fault = fc.oneof(
  fc.constantFrom<Fault>({ kind: "none" }, { kind: "cancel" }, { kind: "watch" }),
  ailing,
  kill,
  kill,
  cut,
  cut,
);

const history = fc.array(fc.tuple(release, fault), { maxLength: 8 });

type Served = Record<string, string> | null;

function servedByAll(world: ModelWorld): Promise<Served[]> {
  return Promise.all(world.hosts.map((each) => world.served(each)));
}

/** Calls `expect` only to tell of a difference: the call alone costs as much as an update. */
function expectSame(served: readonly Served[]): void {
  const [first] = served;
  if (!served.every((each) => isDeepStrictEqual(each, first))) {
    expect(served).toEqual(served.map(() => first));
  }
}

function expectAmong(allowed: readonly unknown[], served: readonly Served[]): void {
  for (const each of served) {
    if (!allowed.some((one) => isDeepStrictEqual(one, each))) expect(allowed).toContainEqual(each);
  }
}

// What the steps say of thousands of updates; a spy would keep it all.
const { log, error } = console;
beforeAll(() => {
  console.log = () => undefined;
  console.error = () => undefined;
});
afterAll(() => Object.assign(console, { log, error }));

describe.each([2, 3])("any history of updates, failures, kills and cuts on %d hosts", (hosts) => {
  const hits = (how: Fault) => !("host" in how) || how.host === undefined || how.host < hosts;

  it("ends with one release on all hosts, and serves whole ones at each moment", async () => {
    await fc.assert(
      fc.asyncProperty(history, async (updates) => {
        const world = new ModelWorld(hosts);
        for (const [desired, how] of updates.filter(([, each]) => hits(each))) {
          const before = await servedByAll(world);
          await world.up(desired, how);
          const after = await servedByAll(world);
          // Users who got a release get one.
          const allowed = before.filter((each) => each !== null || before.every((it) => !it));
          expectAmong(
            [...allowed, digestsOf(desired)],
            after.filter((_, at) => before[at]),
          );
          if (world.hasSucceeded) expectAmong([digestsOf(desired)], after);
          // One that was left behind, and on which that release is not fit, cannot be brought along: nothing is touched then.
          if (how.kind === "unwell" && isDeepStrictEqual(after, before)) continue;
          // Whoever has not died and lost nobody brings all of them back.
          if (how.kind !== "kill" && how.kind !== "cut") expectSame(after);
        }
      }),
      { numRuns: RUNS },
    );
  });

  it("converges: the next update serves what it asks for everywhere, and the one after has nothing to do", async () => {
    await fc.assert(
      fc.asyncProperty(history, release, async (updates, desired) => {
        const world = new ModelWorld(hosts);
        for (const [earlier, how] of updates.filter(([, each]) => hits(each))) {
          await world.up(earlier, how);
        }
        await world.up(desired);
        expectAmong([digestsOf(desired)], await servedByAll(world));
        expect((await world.up(desired)).action).toBe("none");
        expect(world.hasSucceeded).toBe(true);
      }),
      { numRuns: RUNS },
    );
  });
});
