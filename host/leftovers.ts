import type Docker from "dockerode";
import { LABELS } from "../rules/host/containerLabels";
import { postgresContainerName } from "../rules/database/postgresLayout";
import { WITH_VOLUMES } from "./engine";

const GRACE_SECONDS = 10;

/**
 * Removes every container of a stack that its update or its destruction has not: a helper whose deployer was killed, a
 * migration that failed and was kept to be looked at. The database server stays: the state knows it, and removes it later.
 *
 * @returns the names of those removed.
 */
export async function removeLeftovers(engine: Docker, prefix: string): Promise<string[]> {
  const filters = { label: [`${LABELS.stack}=${prefix}`] };
  const found = (await engine.listContainers({ all: true, filters }))
    .map(({ Id, Names, State }) => ({ id: Id, name: Names[0]?.slice(1) ?? Id, state: State }))
    // By name too: a container of somebody else's has the label if its image was committed from one of ours.
    .filter(({ name }) => name.startsWith(`${prefix}-`) && name !== postgresContainerName(prefix));
  await Promise.all(
    found.map(async ({ id, state }) => {
      const container = engine.getContainer(id);
      if (state === "running") await container.stop({ t: GRACE_SECONDS });
      await container.remove(WITH_VOLUMES);
    }),
  );
  return found.map(({ name }) => name);
}
