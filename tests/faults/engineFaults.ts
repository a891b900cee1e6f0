import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import path from "node:path";
import execa from "execa";
import { killTree } from "../support/processTree";
import type { Fault } from "./fault";
import { LOAD_PER_SECOND, sleep, VICTIM, type FaultWorld } from "./world";

const BACK_SECONDS = 15;
/** The engine's proxy, which carries requests from the host itself, dies with its daemon. */
const OUTAGE = BACK_SECONDS * LOAD_PER_SECOND;
const HANG_SECONDS = 30;
const AT_GATE = /gate (creating|updating)/;

async function addresses(world: FaultWorld, color: string): Promise<string[]> {
  const names = [...(await world.stack.containers(color)).keys()];
  const details = await Promise.all(names.map((name) => world.engine.getContainer(name).inspect()));
  return details.flatMap(({ NetworkSettings }) =>
    Object.values(NetworkSettings.Networks).map(({ IPAddress }) => IPAddress),
  );
}

/** Kills the daemon at the gate and starts it again. @returns after how long users were served again. */
async function restartEngine(world: FaultWorld): Promise<number> {
  const { set } = await world.serving();
  const before = await addresses(world, set);
  world.configure(world.next);
  let back: Promise<number> | undefined;
  await world.stack.upDisturbedAt(AT_GATE, () => {
    back = (async () => {
      await world.ownEngine!.kill();
      await world.ownEngine!.boot();
      return world.untilServed();
    })();
  });
  const seconds = await back!;
  assert.ok(seconds < BACK_SECONDS, `users waited ${seconds} s`);
  await world.stack.operation("unlock");
  const after = await addresses(world, set);
  assert.deepEqual(after, before, "addresses have changed");
  return seconds;
}

/** What happens to the Docker Engine under the stack. */
export const ENGINE_FAULTS: readonly Fault[] = [
  {
    id: "F16",
    title: "the Docker Engine is killed at the gate, with live-restore",
    phase: "deploy",
    engine: { liveRestore: true },
    mayLose: OUTAGE,
    run: async (world) => {
      const { set } = await world.serving();
      const before = await world.stack.containers(set);
      const seconds = await restartEngine(world);
      assert.deepEqual(await world.stack.containers(set), before, "what serves was restarted");
      return `no container was restarted; the engine's proxy was back ${seconds.toFixed(1)} s after the engine`;
    },
  },
  {
    id: "F16",
    title: "the Docker Engine is killed at the gate, without live-restore",
    phase: "deploy",
    engine: {},
    mayLose: OUTAGE,
    run: async (world) => {
      const seconds = await restartEngine(world);
      return `users are served ${seconds.toFixed(1)} s after the engine is back, at the same addresses`;
    },
  },
  {
    id: "F17",
    title: `the Docker Engine hangs for ${HANG_SECONDS} s`,
    phase: "deploy",
    engine: {},
    // Nobody reads what containers print meanwhile: once the pipe is full, whoever writes a line of its log waits.
    mayLose: HANG_SECONDS * LOAD_PER_SECOND,
    run: async (world) => {
      world.configure(world.next);
      const { pid } = world.ownEngine!;
      const { exitCode } = await world.stack.upDisturbedAt(AT_GATE, () => {
        process.kill(pid, "SIGSTOP");
        void sleep(HANG_SECONDS * 1000).then(() => process.kill(pid, "SIGCONT"));
      });
      return exitCode === 0 ? "the update waits and succeeds" : "the update fails";
    },
  },
  {
    id: "F27",
    title: "the disk of the Docker host is full",
    phase: "deploy",
    engine: { diskMegabytes: 2_000 },
    run: async (world) => {
      const { dataRoot } = world.ownEngine!;
      const image = `localhost:5000/maestro/${VICTIM}@${world.next[VICTIM]}`;
      await execa("docker", ["rmi", "--force", image]);
      const filler = path.join(dataRoot, "filler");
      try {
        assert.throws(() =>
          execFileSync("dd", ["if=/dev/zero", `of=${filler}`, "bs=1M"], { stdio: "ignore" }),
        );
        await world.refuse(() => world.up(world.next), /no space left on device/);
      } finally {
        rmSync(filler);
      }
      return "refused";
    },
  },
  {
    id: "F45",
    title: "the host loses its power at the gate",
    phase: "deploy",
    engine: {},
    mayLose: OUTAGE,
    run: async (world) => {
      const before = await world.serving();
      world.configure(world.next);
      let back: Promise<number> | undefined;
      await world.stack.upDisturbedAt(AT_GATE, (pid) => {
        killTree(pid);
        back = (async () => {
          await world.ownEngine!.powerOff();
          await world.ownEngine!.boot();
          return world.untilServed();
        })();
      });
      const seconds = await back!;
      assert.deepEqual(await world.serving(), before);
      const unlocked = await world.stack.operation("unlock");
      assert.equal(unlocked.exitCode, 0, unlocked.output);
      return `the same set serves ${seconds.toFixed(1)} s after the engine is back, without a deployer`;
    },
  },
];
