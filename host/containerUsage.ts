import type Docker from "dockerode";

/** What of the Engine's statistics is used; which fields of `stats` there are depends on the version of its cgroups. */
interface Statistics {
  readonly read: string;
  readonly cpu_stats: { readonly cpu_usage?: { readonly total_usage?: number } };
  readonly memory_stats: {
    readonly usage?: number;
    readonly limit?: number;
    readonly stats?: { readonly inactive_file?: number; readonly total_inactive_file?: number };
  };
}

/** What a container uses at a moment. */
export interface ContainerUsage {
  /** The Engine's clock, in milliseconds since 1970. */
  readonly at: number;
  /** Time that its processes have had on a processor since it was started. */
  readonly cpuNanoseconds: number;
  /** Pages of files that nobody uses are given back before anything is killed, so they do not count. */
  readonly memoryBytes: number;
  /** Infinity: it has none. */
  readonly memoryLimitBytes: number;
}

/** Asks the Engine once what a container uses. */
export async function readUsage(container: Docker.Container): Promise<ContainerUsage> {
  // Without `one-shot` the Engine takes two samples, a second apart, to tell the use of processors.
  const options = { stream: false, "one-shot": true } as { stream: false };
  const statistics = (await container.stats(options)) as unknown as Statistics;
  const { read, cpu_stats: cpu, memory_stats: memory } = statistics;
  const { inactive_file: idle, total_inactive_file: total } = memory.stats ?? {};
  return {
    at: Date.parse(read),
    cpuNanoseconds: cpu.cpu_usage?.total_usage ?? 0,
    memoryBytes: (memory.usage ?? 0) - (total ?? idle ?? 0),
    memoryLimitBytes: memory.limit ?? Infinity,
  };
}
