import assert from "node:assert/strict";
import type { Fault } from "./fault";
import { VICTIM, type FaultWorld } from "./world";

/** A line of the engine that says where an update is: a resource's name, and what is being or was done to it. */
const STEP =
  /([a-z]\S+) (creating|created|updating|updated|replacing|replaced|deleting|deleted)\b/g;

/**
 * Every step of a deploy at which a deployer can die, as patterns of its output: found by watching one, so that a step
 * that is added later is tried too. Either color stands for both.
 */
export function stepsOf(output: string): Map<string, RegExp> {
  const names = [...output.matchAll(STEP)].map(([words]) =>
    words.replace(/^(blue|green)-/, "(blue|green)-"),
  );
  const steps = new Map(names.map((words) => [words, new RegExp(`(^|\\s)${words}`)]));
  return steps.set("the traffic has moved", /moved and asked in/);
}

/** Kills the deployer at one step; users must have either release, and whatever has just served must stay as it is. */
export async function killAt(world: FaultWorld, step: RegExp): Promise<void> {
  await world.renew();
  world.configure(world.next);
  await world.stack.upKilledAt(step);
  const { set, digest } = await world.serving();
  assert.ok([world.good[VICTIM], world.next[VICTIM]].includes(digest));
  const untouched = await world.stack.containers(set);
  const unlocked = await world.stack.operation("unlock");
  assert.equal(unlocked.exitCode, 0, unlocked.output);
  await world.release(digest === world.good[VICTIM] ? world.next : world.good);
  assert.deepEqual(await world.stack.containers(set), untouched, "what served was touched");
  await world.converge();
}

/** A deployer that dies, or that somebody only believes dead. */
export const KILL_FAULTS: readonly Fault[] = [
  {
    id: "F22",
    title: "the deployer is killed at every step that its output tells",
    phase: "deploy",
    run: async (world) => {
      const { exitCode, output } = await world.up(world.next);
      assert.equal(exitCode, 0, output);
      await world.release(world.good);
      const steps = stepsOf(output);
      assert.ok(steps.size >= 12, `only ${steps.size} steps: ${[...steps.keys()].join(", ")}`);
      for (const [name, step] of steps) {
        await killAt(world, step).catch((error: unknown) => {
          throw new Error(`killed at "${name}": ${(error as Error).message}`);
        });
      }
      return `killed at ${steps.size} steps; \`npm run unlock\`, then the next update converges`;
    },
  },
  {
    id: "F25",
    title: "`pulumi cancel` while an update lives, then another update",
    phase: "deploy",
    run: async (world) => {
      const third = { ...world.next, [VICTIM]: world.good[VICTIM]! };
      world.configure(world.next, {
        env: { FAULT_HEALTH: "fail" },
        health: { deadlineSeconds: 15 },
      });
      let second: Promise<void> | undefined;
      const first = await world.stack.upDisturbedAt(/gate (creating|updating)/, () => {
        second = (async () => {
          const unlocked = await world.stack.operation("unlock");
          assert.equal(unlocked.exitCode, 1, "unlock took a living update's lock");
          await world.stack.pulumi(["cancel", "--yes", "--stack", world.stack.name]);
          await world.release(third);
        })();
      });
      await second;
      assert.notEqual(first.exitCode, 0, first.output);
      assert.equal(
        (await world.stack.host.records.readSwitch())?.release,
        (await world.stack.outputs()).release.id,
      );
      return "`npm run unlock` refuses; the update that was cancelled ends without moving anything";
    },
  },
];
