import type Docker from "dockerode";
import { containerName, expectedReplicas } from "../../rules/stepInput";
import type { HeldSet, Part, PartMemory } from "../hands";

/** What of the Engine's statistics is used; which fields of `stats` there are depends on the version of its cgroups. */
interface MemoryStatistics {
  readonly usage?: number;
  readonly limit?: number;
  readonly stats?: { readonly inactive_file?: number; readonly total_inactive_file?: number };
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
      // Without `one-shot` the Engine takes two samples, a second apart, to tell the use of processors.
      const options = { stream: false, "one-shot": true } as { stream: false };
      const { memory_stats: memory } = (await container.stats(options)) as unknown as {
        memory_stats: MemoryStatistics;
      };
      const { inactive_file: idle, total_inactive_file: total } = memory.stats ?? {};
      const bytes = (memory.usage ?? 0) - (total ?? idle ?? 0);
      return { part, bytes, limitBytes: memory.limit ?? Infinity };
    }),
  );
}

function containersOf(
  engine: Docker,
  prefix: string,
  { color, record }: HeldSet,
): { part: Part; container: Docker.Container }[] {
  return expectedReplicas(record).map(({ service, replica }) => ({
    part: { service, replica },
    container: engine.getContainer(containerName(prefix, color, service, replica)),
  }));
}
