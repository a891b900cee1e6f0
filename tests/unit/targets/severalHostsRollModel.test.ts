import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { digestsOf } from "../../../release/release";
import { PlanError } from "../../../release/rolloutPlan";
import type { Fault } from "../../support/modelFaults";
import { strays } from "../../support/modelHosts";
import { ModelWorld } from "../../support/modelWorld";
import { modelRelease } from "../../support/releases";

jest.mock("../../../config/changeOrigin", () => ({
  changeOrigin: () => ({ at: "2026-01-01T00:00:00.000Z", by: "tester", commit: null }),
}));

const HOSTS = 2;
const RUNS = 300;
/** A set of the model has up to two services. */
const LARGEST_SET = 2;
/** A roll on two hosts makes up to so many changes. */
const MOST_STEPS = 110;

const release = fc
  .record({ api: fc.integer({ min: 1, max: 3 }), web: fc.boolean() })
  .map(({ api, web }) => modelRelease({ api, ...(web && { web: 1 }) }));

const host = fc.integer({ min: 0, max: HOSTS - 1 });
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

// What the steps say of thousands of updates; a spy would keep it all.
const { log, error } = console;
beforeAll(() => {
  console.log = () => undefined;
  console.error = () => undefined;
});
afterAll(() => Object.assign(console, { log, error }));

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
    fc.asyncProperty(history, release, async (updates, desired) => {
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
