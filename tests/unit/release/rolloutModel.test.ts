import fc from "fast-check";
import { digestsOf } from "../../../release/release";
import { modelRelease, ModelWorld, type Fault, type Step } from "../../support/modelWorld";

const RUNS = 10_000;
const PARTIAL_RUNS = 3_000;

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

const fault: fc.Arbitrary<Fault> = fc.oneof(
  fc.constant<Fault>({ kind: "none" }),
  fc.constant<Fault>({ kind: "gate" }),
  fc.constant<Fault>({ kind: "watch" }),
  fc.integer({ min: 0, max: 24 }).map((step): Fault => ({ kind: "kill", step })),
);

const part = fc
  .subarray<Step>(["claim", "gate", "switch", "deletes", "api", "web", "jobs"], { minLength: 1 })
  .map((leftOut): Fault => ({ kind: "part", leftOut }));

const partial = fc.array(fc.tuple(release, fc.oneof(fault, part)), { maxLength: 12 });

const history = fc.array(fc.tuple(release, fault), { maxLength: 12 });

describe("any history of deploys, rollbacks, failures and kills", () => {
  it("serves nothing but proven releases, whole ones, and never touches what serves", () => {
    fc.assert(
      fc.property(history, (updates) => {
        const world = new ModelWorld();
        for (const [desired, how] of updates) {
          const before = world.served();
          world.up(desired, how);
          const after = world.served();
          const allowed = [before, digestsOf(desired)];
          expect(allowed).toContainEqual(after);
        }
      }),
      { numRuns: RUNS },
    );
  });

  it("converges: the next update serves what it asks for, and the one after has nothing to do", () => {
    fc.assert(
      fc.property(history, release, (updates, desired) => {
        const world = new ModelWorld();
        for (const [earlier, how] of updates) world.up(earlier, how);
        world.up(desired);
        expect(world.served()).toEqual(digestsOf(desired));
        const again = world.up(desired);
        expect(again.action).toBe("none");
        expect(again.switchNumber).toBe(world.switchInState);
        expect(world.outputs?.activeColor).toBe(world.activeColor);
      }),
      { numRuns: RUNS },
    );
  });

  it("finds the previous release warm, so that a rollback only moves the traffic", () => {
    fc.assert(
      fc.property(history, release, release, (updates, first, second) => {
        fc.pre(first.id !== second.id);
        const world = new ModelWorld();
        for (const [earlier, how] of updates) world.up(earlier, how);
        world.up(first);
        world.up(second);
        expect(world.up(first).action).toBe("switch");
        expect(world.served()).toEqual(digestsOf(first));
      }),
      { numRuns: RUNS },
    );
  });

  it("tells what serves after updates of which parts were left out, and converges after them", () => {
    fc.assert(
      fc.property(partial, release, (updates, desired) => {
        const world = new ModelWorld();
        for (const [each, how] of updates) {
          const before = world.served();
          world.up(each, how);
          const after = world.served();
          expect([before, digestsOf(each)]).toContainEqual(after);
          if (!world.hasSucceeded || !world.outputs) continue;
          expect(world.outputs.activeColor).toBe(world.activeColor);
          expect(digestsOf(world.outputs.sets[world.outputs.activeColor]!)).toEqual(after);
        }
        // One for what was left out, one that may find the warm set changed.
        if (world.outputs) world.up(world.outputs.sets[world.outputs.activeColor]!);
        world.up(desired);
        world.up(desired);
        expect(world.served()).toEqual(digestsOf(desired));
        expect(world.up(desired).action).toBe("none");
      }),
      { numRuns: PARTIAL_RUNS },
    );
  });
});
