import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import path from "node:path";
import type Docker from "dockerode";
import type { Fault } from "./fault";
import { LOAD_PER_SECOND, sleep } from "./world";

/** Host process ids of the edge's nginx whose title has these words. */
async function nginxProcesses(edge: Docker.Container, words: string): Promise<number[]> {
  const { Titles, Processes } = (await edge.top()) as { Titles: string[]; Processes: string[][] };
  const [pid, command] = [Titles.indexOf("PID"), Titles.indexOf("CMD")];
  return Processes.filter((row) => row[command]!.includes(words)).map((row) => Number(row[pid]));
}

async function whileReadOnly<T>(directory: string, action: () => Promise<T>): Promise<T> {
  execFileSync("mount", ["--bind", directory, directory]);
  try {
    execFileSync("mount", ["-o", "remount,bind,ro", directory]);
    return await action();
  } finally {
    execFileSync("umount", [directory]);
  }
}

/** What happens to the set that serves, or to the edge before it. */
export const SERVING_FAULTS: readonly Fault[] = [
  {
    id: "F4",
    title: "a container of the new set dies after the switch",
    phase: "deploy",
    always: true,
    // Its own requests until the watch has seen it: one look a second, half of the load.
    mayLose: 3 * LOAD_PER_SECOND,
    run: async (world) => {
      const before = await world.serving();
      const target = await world.idle();
      const moved = world.nextMove().then(() => world.container(target).kill());
      const [result] = await Promise.all([
        world.up(world.next, {}, { rollout: { bakeSeconds: 10 } }),
        moved,
      ]);
      assert.notEqual(result.exitCode, 0, result.output);
      assert.match(result.output, new RegExp(`users are back on ${before.set}`));
      assert.deepEqual(await world.serving(), before);
      return "users are back on the old set; the release is rejected";
    },
  },
  {
    id: "F6",
    title: "the set to roll back to is dead",
    phase: "rollback",
    always: true,
    run: async (world) => {
      await world.release(world.next);
      await world.release(world.good);
      await world.container(await world.idle()).remove({ force: true, v: true });
      await world.refuse(() => world.stack.operation("rollback"), /is missing; run the update/);
      return "refused; the next update makes the set anew";
    },
  },
  {
    id: "F8",
    title: "an nginx worker is killed, three times",
    phase: "between updates",
    // What the worker had under way: at the most one request a connection.
    mayLose: 60,
    run: async (world) => {
      for (let round = 0; round < 3; round += 1) {
        const [worker] = await nginxProcesses(world.edge, "nginx: worker process");
        process.kill(worker!, "SIGKILL");
        await sleep(500);
      }
      await world.untilServed();
      return "the master starts another worker";
    },
  },
  {
    id: "F9",
    title: "the edge is killed right after the switch",
    phase: "deploy",
    mayLose: 3 * LOAD_PER_SECOND,
    run: async (world) => {
      const moved = world.nextMove().then(async () => {
        const [master] = await nginxProcesses(world.edge, "nginx: master process");
        process.kill(master!, "SIGKILL");
      });
      const [result] = await Promise.all([world.up(world.next), moved]);
      await world.untilServed();
      const { RestartCount } = await world.edge.inspect();
      assert.ok(RestartCount > 0, "the edge was not started again");
      return result.exitCode === 0
        ? "back within the switch's own questions; the update succeeds"
        : "the update fails; exactly one set serves";
    },
  },
  {
    id: "F10",
    title: "the switch cannot be written",
    phase: "rollback",
    always: true,
    run: async (world) => {
      const directory = path.join(world.stack.directory, "edge", "switch");
      await whileReadOnly(directory, () =>
        world.refuse(
          () => world.up(world.next),
          /edge\/switch\/.*(EROFS|read-only)|EROFS.*edge\/switch/s,
        ),
      );
      return "nothing moved; the error names the path";
    },
  },
];
