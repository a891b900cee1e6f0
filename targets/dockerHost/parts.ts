import type Docker from "dockerode";
import { containerName, expectedReplicas } from "../../rules/stepInput";
import type { HeldSet, Part, PartMemory } from "../hands";

/** What of the Engine's statistics is used; which fields of `stats` there are depends on the version of its cgroups. */
interface Statistics {
  readonly memory_stats: {
    readonly usage?: number;
    readonly limit?: number;
    readonly stats?: { readonly inactive_file?: number; readonly total_inactive_file?: number };
  };
  readonly cpu_stats: { readonly cpu_usage?: { readonly total_usage?: number } };
}

/** What a container uses, and has used. */
export interface ContainerUse {
  /** Without what the kernel can take back at once. */
  readonly bytes: number;
  /** Infinity: it has no limit. */
  readonly limitBytes: number;
  /** Processor time since it was started. */
  readonly cpuSeconds: number;
}

/** The containers of a set that were killed, have ended, or were started again by the Engine. */
export async function findEndings(
  engine: Docker,
  prefix: string,
  set: HeldSet,
): Promise<{ part: Part; says: string }[]> {
  const found = await Promise.all(
    containersOf(engine, prefix, set).map(async ({ part, container }) => {
      const says = await causeOfDeath(container);
      return says === null ? [] : [{ part, says }];
    }),
  );
  return found.flat();
}

/** Why a container is not what it was when it was started; null: it is. */
export async function causeOfDeath(container: Docker.Container): Promise<string | null> {
  const { State, RestartCount } = await container.inspect();
  if (State.OOMKilled) return "killed for using more memory than its limit";
  if (RestartCount > 0) {
    // Between two attempts the Engine shows the last exit code, during one it shows 0.
    const code = State.Running ? "" : ` with code ${State.ExitCode}`;
    return `keeps exiting${code}, restarted ${RestartCount} times`;
  }
  if (State.Status === "exited" || State.Status === "dead") {
    return `exited with code ${State.ExitCode}`;
  }
  return null;
}

/** Pages of files that nobody uses are given back before anything is killed, so they do not count. */
export function measureMemory(engine: Docker, prefix: string, set: HeldSet): Promise<PartMemory[]> {
  return Promise.all(
    containersOf(engine, prefix, set).map(async ({ part, container }) => {
      const { bytes, limitBytes } = await measureContainer(container);
      return { part, bytes, limitBytes };
    }),
  );
}

/** What a container uses at this moment. */
export async function measureContainer(container: Docker.Container): Promise<ContainerUse> {
  // Without `one-shot` the Engine takes two samples, a second apart, to tell the use of processors.
  const options = { stream: false, "one-shot": true } as { stream: false };
  const { memory_stats: memory, cpu_stats: cpu } = (await container.stats(
    options,
  )) as unknown as Statistics;
  const { inactive_file: idle, total_inactive_file: total } = memory.stats ?? {};
  return {
    bytes: (memory.usage ?? 0) - (total ?? idle ?? 0),
    limitBytes: memory.limit ?? Infinity,
    cpuSeconds: (cpu.cpu_usage?.total_usage ?? 0) / 1e9,
  };
}

/** The containers that a set's record wants, by the names that they have. */
export function containersOf(
  engine: Docker,
  prefix: string,
  { color, record }: HeldSet,
): { part: Part; container: Docker.Container }[] {
  return expectedReplicas(record).map(({ service, replica }) => ({
    part: { service, replica },
    container: engine.getContainer(containerName(prefix, color, service, replica)),
  }));
}
