import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { digestsOf, type Release } from "../../../release/release";
import type { Fault, Step } from "../../support/modelFaults";
import { dropWords } from "../../support/modelHistories";
import { ModelWorld } from "../../support/modelWorld";
import { modelRelease } from "../../support/releases";

jest.mock("../../../config/changeOrigin", () => ({
  changeOrigin: () => ({ at: "2026-01-01T00:00:00.000Z", by: "tester", commit: null }),
}));

const RUNS = 10_000;
const PARTIAL_RUNS = 3_000;
const RESTART_RUNS = 1_000;

const release = fc
  .record({
    api: fc.integer({ min: 1, max: 3 }),
    web: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
    jobs: fc.option(fc.integer({ min: 1, max: 2 }), { nil: undefined }),
  })
  .map((versions) =>
    modelRelease(
      Object.fromEntries(
        Object.entries(versions).flatMap(([service, version]) =>
          version === undefined ? [] : [[service, version]],
        ),
      ),
    ),
  );

/** An update makes up to so many changes: of records, of sets, of its state. */
const MOST_STEPS = 44;

const kill = fc.integer({ min: 0, max: MOST_STEPS }).map((step): Fault => ({ kind: "kill", step }));

const fault: fc.Arbitrary<Fault> = fc.oneof(
  fc.constant<Fault>({ kind: "none" }),
  fc.constant<Fault>({ kind: "gate" }),
  fc.constant<Fault>({ kind: "unwell" }),
  fc.constant<Fault>({ kind: "watch" }),
  fc.constant<Fault>({ kind: "cancel" }),
  kill,
  kill,
);

const part = fc
  .subarray<Step>(["claim", "gate", "switch", "deletes", "api", "web", "jobs"], { minLength: 1 })
  .map((leftOut): Fault => ({ kind: "part", leftOut }));

const partial = fc.array(fc.tuple(release, fc.oneof(fault, part)), { maxLength: 12 });

/** Services to restart; none: all. */
const restart = fc.subarray(["api", "web", "jobs"]);

const wanted = fc.oneof({ weight: 4, arbitrary: release }, { weight: 1, arbitrary: restart });

const history = fc.array(fc.tuple(wanted, fault), { maxLength: 12 });

async function update(world: ModelWorld, wish: Release | string[], how: Fault): Promise<void> {
  await (Array.isArray(wish) ? world.restart(wish, how) : world.up(wish, how));
}

type Updates = readonly (readonly [wish: Release | string[], how: Fault])[];

/** Any history, and two different releases after it. */
async function twoReleases(updates: Updates, first: Release, second: Release): Promise<ModelWorld> {
  fc.pre(first.id !== second.id);
  const world = new ModelWorld();
  for (const [earlier, how] of updates) await update(world, earlier, how);
  await world.up(first);
  await world.up(second);
  return world;
}

/** Calls `expect` only to tell of a difference: the call alone costs as much as an update. */
function expectOneOf(allowed: readonly unknown[], actual: unknown): void {
  if (allowed.some((one) => isDeepStrictEqual(one, actual))) return;
  expect(allowed).toContainEqual(actual);
}

dropWords();

describe("any history of deploys, rollbacks, failures and kills", () => {
  it("serves nothing but proven releases, whole ones, and never touches what serves", async () => {
    await fc.assert(
      fc.asyncProperty(history, async (updates) => {
        const world = new ModelWorld();
        for (const [desired, how] of updates) {
          const before = await world.served();
          await update(world, desired, how);
          const after = await world.served();
          expectOneOf([before, Array.isArray(desired) ? before : digestsOf(desired)], after);
        }
      }),
      { numRuns: RUNS },
    );
  });

  it("converges: the next update serves what it asks for, and the one after has nothing to do", async () => {
    await fc.assert(
      fc.asyncProperty(history, release, async (updates, desired) => {
        const world = new ModelWorld();
        for (const [earlier, how] of updates) await update(world, earlier, how);
        await world.up(desired);
        expect(await world.served()).toEqual(digestsOf(desired));
        const again = await world.up(desired);
        expect(again.action).toBe("none");
        expect(again.switchNumber).toBe(world.switchInState);
        expect(world.outputs?.activeColor).toBe(await world.target.activeColor());
      }),
      { numRuns: RUNS },
    );
  });

  it("finds the previous release warm, so that a rollback only moves the traffic", async () => {
    await fc.assert(
      fc.asyncProperty(history, release, release, async (updates, first, second) => {
        const world = await twoReleases(updates, first, second);
        expect((await world.up(first)).action).toBe("switch");
        expect(await world.served()).toEqual(digestsOf(first));
      }),
      { numRuns: RUNS },
    );
  });

  it("has new containers alone after a restart, and a set to go back to", async () => {
    await fc.assert(
      fc.asyncProperty(history, release, release, async (updates, first, second) => {
        const world = await twoReleases(updates, first, second);
        const before = new Set([
          ...world.target.parts.blue.values(),
          ...world.target.parts.green.values(),
        ]);
        const { activeColor } = (await world.restart([], { kind: "none" }))!;
        expect(await world.target.activeColor()).toBe(activeColor);
        expect([...world.target.parts[activeColor].values()].some((part) => before.has(part))).toBe(
          false,
        );
        expect(await world.served()).toEqual(digestsOf(second));
        expect((await world.up(second)).action).toBe("none");
        await world.up(first);
        expect(await world.served()).toEqual(digestsOf(first));
      }),
      { numRuns: RESTART_RUNS },
    );
  });

  it("tells what serves after updates of which parts were left out, and converges after them", async () => {
    await fc.assert(
      fc.asyncProperty(partial, release, async (updates, desired) => {
        const world = new ModelWorld();
        for (const [each, how] of updates) {
          const before = await world.served();
          await world.up(each, how);
          const after = await world.served();
          expectOneOf([before, digestsOf(each)], after);
          if (!world.hasSucceeded || !world.outputs) continue;
          const { activeColor, sets } = world.outputs;
          expectOneOf([await world.target.activeColor()], activeColor);
          expectOneOf([after], digestsOf(sets[activeColor]!));
        }
        // One for what was left out, one that may find the warm set changed.
        if (world.outputs) await world.up(world.outputs.sets[world.outputs.activeColor]!);
        await world.up(desired);
        await world.up(desired);
        expect(await world.served()).toEqual(digestsOf(desired));
        expect((await world.up(desired)).action).toBe("none");
      }),
      { numRuns: PARTIAL_RUNS },
    );
  });
});
