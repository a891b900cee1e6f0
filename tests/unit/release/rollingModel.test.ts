import fc from "fast-check";
import { digestsOf, type Release } from "../../../release/release";
import { PlanError } from "../../../release/rolloutPlan";
import type { Fault } from "../../support/modelFaults";
import { strays } from "../../support/modelHosts";
import { dropWords } from "../../support/modelHistories";
import { ModelWorld } from "../../support/modelWorld";
import { modelRelease } from "../../support/releases";

jest.mock("../../../config/changeOrigin", () => ({
  changeOrigin: () => ({ at: "2026-01-01T00:00:00.000Z", by: "tester", commit: null }),
}));

const RUNS = 300;
/** An update makes up to so many changes. */
const MOST_STEPS = 70;
/** A set of the model has up to three services. */
const LARGEST_SET = 3;

const version = fc.integer({ min: 1, max: 3 });
const release = fc
  .record({ api: version, web: fc.option(version), jobs: fc.option(version) })
  .map((versions) =>
    modelRelease(
      Object.fromEntries(
        Object.entries(versions).filter(([, wanted]) => wanted !== null),
      ) as Record<string, number>,
    ),
  );

const kill = fc.integer({ min: 0, max: MOST_STEPS }).map((step): Fault => ({ kind: "kill", step }));
const fault: fc.Arbitrary<Fault> = fc.oneof(
  fc.constantFrom<Fault>(
    { kind: "none" },
    { kind: "gate" },
    { kind: "unwell" },
    { kind: "watch" },
    { kind: "cancel" },
  ),
  kill,
  kill,
);
const history = fc.array(fc.tuple(release, fault), { maxLength: 8 });

dropWords();

/** An update; one that must wait for a roll to end touches nothing. */
async function update(world: ModelWorld, desired: Release, how: Fault): Promise<void> {
  await world.up(desired, how).catch((failure: unknown) => {
    if (!(failure instanceof PlanError)) throw failure;
    expect(failure.message).toContain("is being rolled out to");
  });
}

/** Users get every service that is routed, from a container that runs. */
async function expectServed({ target }: ModelWorld): Promise<void> {
  const active = await target.activeColor();
  if (!active) return;
  const routed = (await target.records.readPlacement(active))!.record.services;
  for (const service of Object.keys(routed)) {
    const part = target.parts[target.servedBy(service)!].get(service);
    if (!part?.running) throw new Error(`${service} is not served`);
  }
}

it("serves every service at each end of any history of rolls, and comes to the release that is asked for", async () => {
  await fc.assert(
    fc.asyncProperty(history, release, async (updates, desired) => {
      const world = new ModelWorld(1, true);
      let left = 0;
      for (const [earlier, how] of updates) {
        await update(world, earlier, how);
        await expectServed(world);
        left = Math.max(left, await strays(world.target));
      }
      const active = await world.target.activeColor();
      const serving = active && (await world.target.records.readPlacement(active))!.record;
      // A roll that was killed goes back before a third release.
      if (serving) await world.up(serving);
      expect(await world.target.records.roll.read()).toBeNull();
      await world.up(desired);
      await expectServed(world);
      expect(await world.served()).toEqual(digestsOf(desired));
      expect((await world.up(desired)).action).toBe("none");
      expect(world.target.peak).toBeLessThanOrEqual(LARGEST_SET + 1 + left);
    }),
    { numRuns: RUNS },
  );
});
