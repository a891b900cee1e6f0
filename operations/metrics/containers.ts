import type Docker from "dockerode";
import { containerState } from "../../host/engine";
import type { Host } from "../../host/host";
import { edgeContainerName } from "../../rules/edge/edgeLayout";
import { isWell } from "../../rules/edge/healthAnswer";
import type { HeldSets } from "../../rules/observability/heldSets";
import { askPart } from "../../targets/dockerHost/askServices";
import { statefulName } from "../../rules/stateful/statefulPlan";
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

/** Labels of a container that is in neither set: to Prometheus an empty label is none. */
const OF_NO_SET = { set: "", release: "", replica: "0" };

interface Look {
  readonly labels: Readonly<Record<string, string>>;
  readonly isUp: boolean;
  /** Null: it is not asked. */
  readonly isWell: boolean | null;
  readonly restarts: number;
  /** Null: it does not run. */
  readonly use: ContainerUsage | null;
}

/**
 * Looks at every container that both sets are to have, at those of stateful services, and at the edge.
 *
 * @param stateful names of the stateful services that are to run.
 */
export async function tellContainers(
  place: ContainerPlace,
  { sets, stateful }: { readonly sets: HeldSets; readonly stateful: readonly string[] },
  told: Instruments,
): Promise<void> {
  const engine = await place.host.engine();
  const [edge, ...looks] = await Promise.all([
    containerState(engine, edgeContainerName(place.prefix)),
    ...sets.flatMap((set) =>
      containersOf(engine, place.prefix, set).map(async ({ part, container }) => ({
        labels: labelsOf(set, part),
        ...(await lookAt(container, () => askWell(place, set.color, part))),
      })),
    ),
    // Their own questions are commands in their containers: too much for each scrape.
    ...stateful.map(async (service) => ({
      labels: { service, ...OF_NO_SET },
      ...(await lookAt(engine.getContainer(statefulName(place.prefix, service)))),
    })),
  ]);
  told.edgeUp.set(edge === "running" ? 1 : 0);
  told.forget(...OF_CONTAINERS);
  for (const look of looks) tell(look, told);
}

function labelsOf({ color, record }: HeldSets[number], { service, replica }: Part) {
  return { service, set: color, release: record.id, replica: String(replica) };
}

async function askWell(
  { host, previewUrl }: ContainerPlace,
  color: HeldSets[number]["color"],
  part: Part,
): Promise<boolean> {
  const { answer } = await askPart(host, previewUrl, color, part);
  return typeof answer !== "string" && isWell(answer);
}

async function lookAt(
  container: Docker.Container,
  ask: (() => Promise<boolean>) | null = null,
): Promise<Omit<Look, "labels">> {
  const found = await container.inspect().catch((error: { statusCode?: number }) => {
    if (error.statusCode === 404) return null;
    throw error as Error;
  });
  const isUp = found?.State.Running === true && !found.State.Restarting;
  const restarts = found?.RestartCount ?? 0;
  if (!isUp) return { isUp, isWell: ask === null ? null : false, restarts, use: null };
  const [use, isWell] = await Promise.all([
    // It may have ended since.
    readUsage(container).catch(() => null),
    ask && ask(),
  ]);
  return { isUp, isWell, restarts, use };
}

function tell({ labels, isUp, isWell: isHealthy, restarts, use }: Look, told: Instruments): void {
  told.containerUp.set(labels, isUp ? 1 : 0);
  if (isHealthy !== null) told.containerHealthy.set(labels, isHealthy ? 1 : 0);
  told.containerRestarts.inc(labels, restarts);
  if (use === null) return;
  told.containerCpu.inc(labels, use.cpuNanoseconds / 1e9);
  told.containerMemory.set(labels, use.memoryBytes);
  if (Number.isFinite(use.memoryLimitBytes))
    told.containerMemoryLimit.set(labels, use.memoryLimitBytes);
}
