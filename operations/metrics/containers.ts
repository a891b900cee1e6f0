import type Docker from "dockerode";
import { containerState } from "../../host/engine";
import type { Host } from "../../host/host";
import { edgeContainerName } from "../../rules/edge/edgeLayout";
import { isWell } from "../../rules/edge/healthAnswer";
import type { HeldSets } from "../../rules/observability/heldSets";
import { askPart } from "../../targets/dockerHost/askServices";
import { containersOf } from "../../targets/dockerHost/parts";
import { readUsage, type ContainerUsage } from "../../host/containerUsage";
import type { Part } from "../../targets/hands";
import type { Instruments } from "./instruments";

/** Where a stack's containers are, and how they are asked. */
export interface ContainerPlace {
  readonly host: Host;
  readonly prefix: string;
  readonly previewUrl: string;
}

/** What {@link tellContainers} tells, beside whether the edge is up. */
const OF_CONTAINERS = [
  "containerUp",
  "containerHealthy",
  "containerRestarts",
  "containerCpu",
  "containerMemory",
  "containerMemoryLimit",
] as const;
/** All that {@link tellContainers} tells. */
export const TOLD_OF_CONTAINERS = ["edgeUp", ...OF_CONTAINERS] as const;

interface Look {
  readonly labels: Readonly<Record<string, string>>;
  readonly isUp: boolean;
  readonly isWell: boolean;
  readonly restarts: number;
  /** Null: it does not run. */
  readonly use: ContainerUsage | null;
}

/** Looks at every container that both sets are to have, and at the edge. */
export async function tellContainers(
  place: ContainerPlace,
  sets: HeldSets,
  told: Instruments,
): Promise<void> {
  const engine = await place.host.engine();
  const [edge, ...looks] = await Promise.all([
    containerState(engine, edgeContainerName(place.prefix)),
    ...sets.flatMap((set) =>
      containersOf(engine, place.prefix, set).map(async ({ part, container }) => ({
        labels: labelsOf(set, part),
        ...(await lookAt(place, container, set.color, part)),
      })),
    ),
  ]);
  told.edgeUp.set(edge === "running" ? 1 : 0);
  told.forget(...OF_CONTAINERS);
  for (const look of looks) tell(look, told);
}

function labelsOf({ color, record }: HeldSets[number], { service, replica }: Part) {
  return { service, set: color, release: record.id, replica: String(replica) };
}

async function lookAt(
  { host, previewUrl }: ContainerPlace,
  container: Docker.Container,
  color: HeldSets[number]["color"],
  part: Part,
): Promise<Omit<Look, "labels">> {
  const found = await container.inspect().catch((error: { statusCode?: number }) => {
    if (error.statusCode === 404) return null;
    throw error as Error;
  });
  const isUp = found?.State.Running === true && !found.State.Restarting;
  const restarts = found?.RestartCount ?? 0;
  if (!isUp) return { isUp, isWell: false, restarts, use: null };
  const [use, { answer }] = await Promise.all([
    // It may have ended since.
    readUsage(container).catch(() => null),
    askPart(host, previewUrl, color, part),
  ]);
  return { isUp, isWell: typeof answer !== "string" && isWell(answer), restarts, use };
}

function tell({ labels, isUp, isWell: isHealthy, restarts, use }: Look, told: Instruments): void {
  told.containerUp.set(labels, isUp ? 1 : 0);
  told.containerHealthy.set(labels, isHealthy ? 1 : 0);
  told.containerRestarts.inc(labels, restarts);
  if (use === null) return;
  told.containerCpu.inc(labels, use.cpuNanoseconds / 1e9);
  told.containerMemory.set(labels, use.memoryBytes);
  if (Number.isFinite(use.memoryLimitBytes))
    told.containerMemoryLimit.set(labels, use.memoryLimitBytes);
}
