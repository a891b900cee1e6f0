import type { Host } from "../../host/host";
import { HostDirectory } from "../../host/hostDirectory";
import type { DeepFinding } from "../../rules/health/deepStatus";
import { shortImage } from "../../rules/stateful/statefulPlan";
import type { StatefulStatus } from "../stateful/look";
import type { Examined, PlannedLook } from "./examined";

/** Whether each stateful service runs, and is well as it says itself. */
export function statefulLooks(
  host: Host,
  { prefix, settings }: Pick<Examined, "prefix" | "settings">,
  services: readonly StatefulStatus[],
): PlannedLook[] {
  return services.flatMap(({ service, ...status }): PlannedLook[] => [
    { service, check: "container", look: () => Promise.resolve(containerFinding(status)) },
    {
      service,
      check: "health",
      look: () => healthFinding(host, settings.directory, prefix, service),
    },
  ]);
}

function containerFinding({
  problem,
  image,
  volume,
  waits,
}: Omit<StatefulStatus, "service">): DeepFinding {
  if (problem !== null) return { condition: "bad", says: problem, mend: "pulumi up" };
  const says = `${shortImage(image ?? "")}, volume ${volume}`;
  return waits === null
    ? { condition: "good", says }
    : { condition: "good", says: `${says}; an update waits: ${waits}` };
}

async function healthFinding(
  host: Host,
  directory: string,
  prefix: string,
  service: string,
): Promise<DeepFinding> {
  const record = await new HostDirectory(host, directory).records.stateful.read(service);
  const engine = await host.engine();
  const { findStateful } = await import("../../host/statefulContainers");
  const place = { engine, prefix, service };
  const { current } = await findStateful(place);
  const applied = record?.applied;
  if (!applied || !current?.isRunning) return { condition: "bad", says: "it does not run" };
  const { withHealth } = await import("../../host/statefulHealth");
  const problem = await withHealth(place, current.id, applied, (ask) => ask());
  const well = applied.health.command?.[0] ?? `listens on port ${applied.port}`;
  return problem === null
    ? { condition: "good", says: well }
    : { condition: "bad", says: problem, mend: `maestro logs --service ${service}` };
}
