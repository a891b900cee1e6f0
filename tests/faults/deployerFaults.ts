import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  cpSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import execa from "execa";
import { packageRoot } from "../../config/project";
import type { Fault } from "./fault";
import { VICTIM, type FaultWorld } from "./world";

/** Stops a deploy at its gate by this signal, as a cancelled CI job does. */
async function signalAtGate(world: FaultWorld, signal: "SIGINT" | "SIGTERM"): Promise<string> {
  const before = await world.serving();
  // A deadline that the test would notice, were it waited for.
  world.configure(world.next, { env: { FAULT_HEALTH: "fail" }, health: { deadlineSeconds: 60 } });
  let sentAt = 0;
  const result = await world.stack.upDisturbedAt(/gate (creating|updating)/, (pid) => {
    sentAt = performance.now();
    process.kill(pid, signal);
  });
  const seconds = (performance.now() - sentAt) / 1000;
  assert.notEqual(result.exitCode, 0, result.output);
  assert.deepEqual(await world.serving(), before);
  assert.equal(world.locks().join(), "", "the lock is left");
  return `ended after ${seconds.toFixed(1)} s without a lock`;
}

/** What happens to the deployer and to its state. */
export const DEPLOYER_FAULTS: readonly Fault[] = [
  {
    id: "F23",
    title: "the deployer gets SIGINT at the gate",
    phase: "deploy",
    always: true,
    run: (world) => signalAtGate(world, "SIGINT"),
  },
  {
    id: "F24",
    title: "two updates at once",
    phase: "deploy",
    always: true,
    run: async (world) => {
      world.configure(world.next);
      const results = await Promise.all([world.stack.up(), world.stack.up()]);
      const lost = results.filter(({ exitCode }) => exitCode !== 0);
      assert.ok(lost.length >= 1, "both have succeeded");
      for (const { output } of lost) assert.match(output, /currently locked by 1 lock/);
      return `${lost.length} of 2 refused, naming the holder`;
    },
  },
  {
    id: "F26",
    title: "a rollback while a deploy runs",
    phase: "deploy",
    run: async (world) => {
      const file = path.join(packageRoot(), `Pulumi.${world.stack.name}.yaml`);
      await world.release(world.next);
      await world.release(world.good);
      const third = { ...world.next, [VICTIM]: world.good[VICTIM]! };
      world.configure(third);
      const configured = readFileSync(file, "utf8");
      const [deploy, rollback] = await Promise.all([
        world.stack.up(),
        world.nextMove().then(() => world.stack.operation("rollback")),
      ]);
      assert.equal(deploy.exitCode, 0, deploy.output);
      if (rollback.exitCode !== 0) {
        assert.match(rollback.output, /locked/);
        assert.equal(
          readFileSync(file, "utf8"),
          configured,
          "the stack file was changed for nothing",
        );
        return "refused while the deploy runs; the stack file is as it was";
      }
      return "waited until the deploy was done";
    },
  },
  {
    id: "F28",
    title: "the disk of the state is full",
    phase: "deploy",
    run: async (world) => {
      const directory = path.dirname(world.stateDirectory);
      const aside = `${directory}.aside`;
      cpSync(directory, aside, { recursive: true });
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=32m", "tmpfs", directory]);
      try {
        cpSync(aside, directory, { recursive: true });
        const filler = path.join(directory, "filler");
        assert.throws(() => writeFileSync(filler, Buffer.alloc(64_000_000)), /ENOSPC/);
        await world.refuse(() => world.up(world.next), /no space left on device/);
        rmSync(filler);
        const unlocked = await world.stack.operation("unlock");
        assert.equal(unlocked.exitCode, 0, unlocked.output);
        await world.release(world.good);
        cpSync(directory, aside, { recursive: true });
      } finally {
        execFileSync("umount", [directory]);
        rmSync(directory, { recursive: true });
        renameSync(aside, directory);
      }
      return "refused; the state before is whole";
    },
  },
  {
    id: "F29",
    title: "the state is cut short",
    phase: "between updates",
    always: true,
    run: async (world) => {
      truncateSync(world.stateFile, 1_000);
      await world.refuse(
        () => world.up(world.next),
        /unexpected end of JSON|unexpected EOF|checkpoint/,
      );
      const unlocked = await world.stack.operation("unlock");
      assert.match(unlocked.output, /was torn by the kill; put back from/);
      return "refused; `npm run unlock` puts the backup back";
    },
  },
  {
    id: "F29",
    title: "the passphrase is wrong",
    phase: "between updates",
    run: async (world) => {
      world.configure(world.next);
      await world.refuse(async () => {
        const args = ["up", "--yes", "--skip-preview", "--stack", world.stack.name];
        const env = { ...world.stack.environment, PULUMI_CONFIG_PASSPHRASE: "wrong" };
        const { exitCode, all = "" } = await execa("pulumi", args, {
          cwd: packageRoot(),
          env,
          extendEnv: false,
          all: true,
          reject: false,
        });
        return { exitCode, output: all, seconds: 0 };
      }, /incorrect passphrase/);
      return "refused";
    },
  },
  {
    id: "F30",
    title: "the state's files are lost while containers serve",
    phase: "between updates",
    run: async (world) => {
      const directory = path.dirname(world.stateFile);
      for (const file of readdirSync(directory)) rmSync(path.join(directory, file));
      await world.refuse(() => world.up(world.next), /no stack named/);
      const unlocked = await world.stack.operation("unlock");
      assert.match(unlocked.output, /was lost; put back from/);
      return "refused; `npm run unlock` puts the last update's back";
    },
  },
  {
    id: "F30",
    title: "the state is lost for good, and the stack begun anew while containers serve",
    phase: "between updates",
    run: async (world) => {
      const directory = path.dirname(world.stateFile);
      const aside = `${world.stateDirectory}.aside`;
      cpSync(directory, aside, { recursive: true });
      for (const file of readdirSync(directory)) rmSync(path.join(directory, file));
      try {
        await world.stack.pulumi(["stack", "init", world.stack.name]);
        await world.refuse(() => world.up(world.next), /already exists|already in use|is already/);
      } finally {
        rmSync(directory, { recursive: true });
        renameSync(aside, directory);
      }
      return "refused, nothing doubled; the backup of the state is put back by hand";
    },
  },
];
