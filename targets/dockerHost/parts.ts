import type Docker from "dockerode";
import { readUsage } from "../../host/containerUsage";
import { containerName, expectedReplicas } from "../../rules/stepInput";
import type { HeldSet, Part, PartMemory } from "../hands";

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

/** What each container of a set uses of its memory. */
export function measureMemory(engine: Docker, prefix: string, set: HeldSet): Promise<PartMemory[]> {
  return Promise.all(
    containersOf(engine, prefix, set).map(async ({ part, container }) => {
      const { memoryBytes, memoryLimitBytes } = await readUsage(container);
      return { part, bytes: memoryBytes, limitBytes: memoryLimitBytes };
    }),
  );
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
