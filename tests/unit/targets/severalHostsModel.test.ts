import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { digestsOf } from "../../../release/release";
import type { Fault } from "../../support/modelFaults";
import { dropWords, hostHistories, smallRelease } from "../../support/modelHistories";
import { ModelWorld } from "../../support/modelWorld";

jest.mock("../../../config/changeOrigin", () => ({
  changeOrigin: () => ({ at: "2026-01-01T00:00:00.000Z", by: "tester", commit: null }),
}));

const RUNS = 150;
const history = hostHistories(3);

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

dropWords();

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
      fc.asyncProperty(history, smallRelease, async (updates, desired) => {
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
