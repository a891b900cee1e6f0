import { stackPrefix } from "../../config/project";
import type { Settings } from "../../config/settings";
import { withHost } from "../../host/connectHost";
import { listSet } from "../../host/engine";
import type { Host } from "../../host/host";
import { HostDirectory } from "../../host/hostDirectory";
import { COLORS, otherColor } from "../../release/release";
import { startAgain } from "../../host/restartPolicy";
import { findStateful, type StatefulPlace } from "../../host/statefulContainers";
import { deliveredSecrets, type SecretsSettings } from "../../rules/serviceSecrets";
import type { StatefulPlan } from "../../rules/stateful/statefulPlan";
import { deliver } from "../../steps/deliverSecrets";
import { holdStack } from "../shared/holdStack";
import { deliverFiles } from "../../steps/stateful/deliverFiles";
import { readStackSettings } from "../shared/stackFile";

/**
 * Puts the files of both sets back where a restart of the host has emptied its memory, in the versions that the sets
 * were placed with, and starts the containers that could not start without. What runs is not touched.
 *
 * @returns what was done, a line a set.
 */
export function redeliver(stack: string): Promise<string[]> {
  const settings = readStackSettings(stack);
  return withHost(settings.host, (host) => {
    const { records } = new HostDirectory(host, settings.directory);
    // An update may just be placing the set whose files these are.
    const act = () => redeliverOn(host, stack, settings);
    return holdStack(stack, records, { command: "secrets deliver" }, act);
  });
}

async function redeliverOn(
  host: Host,
  stack: string,
  { directory, secrets }: Settings,
): Promise<string[]> {
  const { records, edge } = new HostDirectory(host, directory);
  const prefix = stackPrefix(stack);
  const engine = await host.engine();
  const active = await edge.readActiveColor();
  const done: string[] = [];
  // What serves comes first.
  for (const color of active ? [active, otherColor(active)] : COLORS) {
    const placement = await records.readPlacement(color);
    const services = placement ? deliveredSecrets(placement.record) : {};
    if (!placement || Object.keys(services).length === 0) continue;
    const containers = await listSet(engine, prefix, color);
    if (containers.length === 0) continue;
    const stopped = containers.filter(
      ({ service, state }) => services[service] && state !== "running",
    );
    const { count } = await deliver(host, {
      ...{ prefix, directory, stack, color, secrets, services },
      placement: placement.number,
    });
    await Promise.all(stopped.map(({ id }) => engine.getContainer(id).start()));
    const started = stopped.map(({ name }) => name).join(", ") || "no container";
    done.push(`${color}: ${count} secrets delivered; started ${started}`);
  }
  for (const [service, { applied, removed }] of await records.stateful.all()) {
    if (!applied?.secrets || removed) continue;
    done.push(await redeliverStateful({ engine, prefix, service }, { stack, secrets }, applied));
  }
  return done.length > 0 ? done : ["no set has secrets"];
}

async function redeliverStateful(
  place: StatefulPlace,
  store: { readonly stack: string; readonly secrets: SecretsSettings },
  applied: StatefulPlan,
): Promise<string> {
  await deliverFiles(place, store, applied, []);
  const { current } = await findStateful(place);
  const isStopped = current !== null && !current.isRunning;
  if (isStopped) await startAgain(place.engine.getContainer(current.id));
  const started = isStopped ? current.name : "no container";
  const { length } = applied.secrets?.names ?? [];
  return `${place.service}: ${length} secrets delivered; started ${started}`;
}
