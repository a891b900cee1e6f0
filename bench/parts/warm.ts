import { setTimeout as sleep } from "node:timers/promises";
import { connectEngine } from "../../host/engine";
import type { Context } from "../context";
import { measure, type Measurement } from "../measurement";

/** How long the idle set's processor time is counted, in milliseconds. */
const WINDOW_MILLISECONDS = 10_000;
const BYTES_PER_MEGABYTE = 1_000_000;

interface Usage {
  readonly cpuNanoseconds: number;
  readonly megabytes: number;
}

/** What the set costs that waits for a rollback, with nobody asking it. */
export async function warmSet(context: Context): Promise<Measurement[]> {
  const { stack } = await context.serviceStack();
  const samples = await measure<"cpu" | "memory">(context.rounds, async (round) => {
    const { activeColor } = await stack.outputs();
    const idle = await stack.containers(activeColor === "blue" ? "green" : "blue");
    const ids = [...idle.values()].map(({ id }) => id);
    const before = await usageOf(ids);
    await sleep(WINDOW_MILLISECONDS);
    const after = await usageOf(ids);
    const used = (after.cpuNanoseconds - before.cpuNanoseconds) / 1_000_000;
    round.add("cpu", (100 * used) / WINDOW_MILLISECONDS);
    round.add("memory", after.megabytes);
  });
  return [
    {
      name: "processor time, of one core",
      unit: "%",
      samples: samples.of("cpu"),
      summary: "median",
    },
    {
      name: "memory of five containers",
      unit: "MB",
      samples: samples.of("memory"),
      summary: "median",
    },
  ];
}

/** Processor time so far and memory now of all these containers together, as the Engine counts them. */
async function usageOf(ids: readonly string[]): Promise<Usage> {
  const engine = connectEngine();
  const stats = await Promise.all(
    ids.map((id) => engine.getContainer(id).stats({ stream: false, "one-shot": true })),
  );
  return stats.reduce(
    (sum, { cpu_stats: cpu, memory_stats: memory }) => ({
      cpuNanoseconds: sum.cpuNanoseconds + cpu.cpu_usage.total_usage,
      // Files that the kernel keeps and can give back are not the container's need.
      megabytes:
        sum.megabytes +
        (memory.usage - (memory.stats.total_inactive_file ?? memory.stats.inactive_file ?? 0)) /
          BYTES_PER_MEGABYTE,
    }),
    { cpuNanoseconds: 0, megabytes: 0 },
  );
}
