import type Docker from "dockerode";
import { edgeContainerName } from "../rules/edge/edgeLayout";
import type { StatefulPlan } from "../rules/stateful/statefulPlan";
import { execIn } from "./engine";
import { holdContainer } from "./heldContainer";
import type { StatefulPlace } from "./statefulContainers";

const MEMORY_BYTES = 64 * 1024 * 1024;
const NOBODY = "65534:65534";
/** State of a socket that listens, as the kernel shows it. */
const LISTENING = "0A";

/** Whether a stateful service is well; null: it is, else why not. */
export type AskHealth = () => Promise<string | null>;

/**
 * Hands over how to ask whether a running container is well: by the service's own command, or by whether anybody in it
 * listens on its port. For the latter a small container of the edge's image beside it reads the kernel's table, so the
 * service's image needs no tool.
 */
export async function withHealth<T>(
  place: StatefulPlace,
  id: string,
  { health, port }: Pick<StatefulPlan, "health" | "port">,
  use: (ask: AskHealth) => Promise<T>,
): Promise<T> {
  const { engine, prefix } = place;
  const { command } = health;
  if (command !== null) return use(() => askByCommand(engine, id, command));
  const edge = await engine.getContainer(edgeContainerName(prefix)).inspect();
  const held = await holdContainer(engine, {
    ...{ prefix, image: edge.Image, user: NOBODY, memoryBytes: MEMORY_BYTES },
    shared: { NetworkMode: `container:${id}` },
  });
  try {
    return await use(() => askPort(engine, held.id, port));
  } finally {
    await held.release();
  }
}

async function askByCommand(
  engine: Docker,
  id: string,
  command: readonly string[],
): Promise<string | null> {
  const { exitCode, output } = await execIn(engine, id, command);
  return exitCode === 0 ? null : `its health command ended with ${exitCode}: ${output.slice(-500)}`;
}

async function askPort(engine: Docker, id: string, port: number): Promise<string | null> {
  const { output } = await execIn(engine, id, ["cat", "/proc/net/tcp", "/proc/net/tcp6"]);
  return listensOn(output, port) ? null : `nothing listens on port ${port}`;
}

/** Whether the kernel's tables of TCP sockets have one that listens on a port. */
export function listensOn(tables: string, port: number): boolean {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return tables.split("\n").some((line) => {
    const [, local = "", , state] = line.trim().split(/\s+/);
    return state === LISTENING && local.endsWith(suffix);
  });
}
