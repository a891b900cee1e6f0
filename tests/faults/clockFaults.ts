import assert from "node:assert/strict";
import { FakeClock } from "../support/fakeClock";
import type { Fault } from "./fault";
import { killAt } from "./killFaults";
import { sleep, type FaultWorld } from "./world";

const MINUTES = 10;
const GATE = /gate (creating|updating)/;
/** A service that is never ready: the gate must wait for this long, whatever the clock says. */
const NEVER = { env: { FAULT_HEALTH: "fail" }, health: { deadlineSeconds: 6 } };

/** Whether the wrong clock was in use is told by the time that the move of the traffic was written down with. */
async function minutesOff(world: FaultWorld): Promise<number> {
  const at = (await world.stack.host.records.readSwitch())?.at ?? "";
  return Math.round((Date.parse(at) - Date.now()) / 60_000);
}

/** A deploy and a rollback by a clock that is so far off; then a deployer that dies by it. */
async function releaseBy(clock: FakeClock, world: FaultWorld, minutes: number): Promise<void> {
  clock.set(minutes);
  await world.renew();
  await world.release(world.next);
  assert.equal(await minutesOff(world), minutes, "the clock was right");
  await world.release(world.good);
  await killAt(world, GATE);
}

/** The clock is set while the gate waits; it must give up after its deadline, no sooner and no later. */
async function stepAtGate(clock: FakeClock, world: FaultWorld, minutes: number): Promise<void> {
  clock.set(-minutes);
  await world.renew();
  world.configure(world.next, NEVER);
  let steppedAt = 0;
  const update = () =>
    world.stack.upDisturbedAt(GATE, async () => {
      // By then the gate has looked at the clock.
      await sleep(3_000);
      clock.set(minutes);
      steppedAt = performance.now();
    });
  await world.refuse(update, /quality-fabric-0: not ready within 6 s: /);
  const seconds = (performance.now() - steppedAt) / 1000;
  assert.ok(seconds > 2 && seconds < 30, `the gate waited for ${seconds.toFixed(1)} s more`);
}

export const CLOCK_FAULTS: readonly Fault[] = [
  {
    id: "F37",
    title: `the deployer's clock is ${MINUTES} minutes wrong, and is set while the gate waits`,
    phase: "deploy",
    run: async (world) => {
      const clock = await FakeClock.start();
      Object.assign(world.stack.extraEnvironment, clock.environment);
      try {
        for (const minutes of [MINUTES, -MINUTES]) {
          await releaseBy(clock, world, minutes);
          await stepAtGate(clock, world, minutes);
        }
      } finally {
        for (const name of Object.keys(clock.environment))
          delete world.stack.extraEnvironment[name];
        clock.remove();
      }
      return "deploys, rollbacks, deadlines and `npm run unlock` are as by a right one";
    },
  },
];
