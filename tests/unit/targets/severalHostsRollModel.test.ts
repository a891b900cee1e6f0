import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { digestsOf } from "../../../release/release";
import { PlanError } from "../../../release/rolloutPlan";
import { dropWords, hostHistories, smallRelease } from "../../support/modelHistories";
import { strays } from "../../support/modelHosts";
import { ModelWorld } from "../../support/modelWorld";

jest.mock("../../../config/changeOrigin", () => ({
  changeOrigin: () => ({ at: "2026-01-01T00:00:00.000Z", by: "tester", commit: null }),
}));

const HOSTS = 2;
const RUNS = 300;
/** A set of the model has up to two services. */
const LARGEST_SET = 2;

dropWords();

/** Users of each host that serves get every service that is routed, from a container that runs. */
async function expectServed({ hosts, target }: ModelWorld): Promise<void> {
  for (const [index, each] of hosts.entries()) {
    const active = await each.activeColor();
    if (!active) continue;
    const routed = (await target.records.readPlacement(active))!.record.services;
    for (const service of Object.keys(routed)) {
      const part = each.parts[each.servedBy(service)!].get(service);
      if (!part?.running) throw new Error(`${service} is not served on host ${index}`);
    }
  }
}

it("serves every service on each host at each end of any history of rolls, and comes to one release on all", async () => {
  await fc.assert(
    fc.asyncProperty(hostHistories(HOSTS), smallRelease, async (updates, desired) => {
      const world = new ModelWorld(HOSTS, true);
      const left = world.hosts.map(() => 0);
      for (const [earlier, how] of updates) {
        await world.up(earlier, how).catch((failure: unknown) => {
          if (!(failure instanceof PlanError)) throw failure;
          expect(failure.message).toContain("is being rolled out to");
        });
        await expectServed(world);
        for (const [index, each] of world.hosts.entries()) {
          left[index] = Math.max(left[index]!, await strays(each, world.target.records));
        }
      }
      // A roll that was killed is ended before a third release.
      const roll = await world.target.records.roll.read();
      const rolled = roll && (await world.target.records.readRelease(roll.release));
      if (rolled) await world.up(rolled);
      expect(await world.target.records.roll.read()).toBeNull();
      await world.up(desired);
      await expectServed(world);
      for (const each of world.hosts) {
        const served = await world.served(each);
        if (!isDeepStrictEqual(served, digestsOf(desired)))
          expect(served).toEqual(digestsOf(desired));
      }
      expect((await world.up(desired)).action).toBe("none");
      // A host that is brought back from a failed release starts the whole set before at once.
      if (updates.some(([, how]) => how.kind === "cut" && how.watch)) return;
      for (const [index, { peak }] of world.hosts.entries()) {
        expect(peak).toBeLessThanOrEqual(LARGEST_SET + 1 + left[index]!);
      }
    }),
    { numRuns: RUNS },
  );
});
