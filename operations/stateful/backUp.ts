import { stackPrefix } from "../../config/project";
import type { Settings } from "../../config/settings";
import { readFromExec } from "../../host/execOutput";
import type { Host } from "../../host/host";
import { HostDirectory } from "../../host/hostDirectory";
import { startAgain, stopForGood } from "../../host/restartPolicy";
import { findStateful, type StatefulPlace } from "../../host/statefulContainers";
import { readVolume } from "../../host/statefulVolumes";
import { statefulName, type StatefulPlan } from "../../rules/stateful/statefulPlan";
import type { ServiceDump } from "../../steps/backups/takeBackup";
import { askPulumi } from "../shared/pulumi";

/** What runs, and how its data are read. */
export interface BackedUp {
  readonly service: string;
  readonly applied: StatefulPlan;
  readonly volume: string;
  /** Null: it is stopped, and its volume is read. */
  readonly command: readonly string[] | null;
}

/**
 * Takes the stack's backup with the data of a stateful service in it, to where `maestro:backups` says. Where the service
 * has no command for it, it is stopped first and stays so: what is in the backup is all that there was.
 *
 * @returns the backup's name; null: the stack has no place for backups.
 */
export async function backUpStateful(
  host: Host,
  stack: string,
  settings: Settings,
  its: BackedUp,
): Promise<string | null> {
  const { backups, directory, secrets } = settings;
  if (backups === null) return null;
  const prefix = stackPrefix(stack);
  const files = new HostDirectory(host, directory);
  const active = await files.edge.readActiveColor();
  const record = active && (await files.records.readPlacement(active))?.record;
  if (!active || !record) throw new Error("nothing serves yet; run `pulumi up` first");
  const engine = await host.engine();
  const place = { engine, prefix, service: its.service };
  const source = { stack, prefix, directory, secrets, color: active, record, settings: backups };
  const state = await askPulumi(["stack", "export", "--stack", stack]);
  const { takeBackup } = await import("../../steps/backups/takeBackup");
  const reason = `before an update of ${its.service}`;
  try {
    const services = [its.command ? dumpOf(place, its, its.command) : volumeOf(place, its)];
    return (await takeBackup(host, files.records, source, { reason, state, services })).name;
  } catch (error) {
    await startIfStopped(place);
    throw error;
  }
}

/** An update that never began must not leave it stopped. */
export async function startIfStopped(place: StatefulPlace): Promise<void> {
  const { current, before } = await findStateful(place);
  if (!current || before || current.isRunning) return;
  await startAgain(place.engine.getContainer(current.id));
}

function dumpOf(
  { engine, prefix }: StatefulPlace,
  { service, applied }: BackedUp,
  command: readonly string[],
): ServiceDump {
  return {
    ...{ service, image: applied.image, form: "dump" },
    read: async (use) => {
      const container = statefulName(prefix, service);
      const { exitCode, stderr } = await readFromExec(engine, container, command, use);
      if (exitCode === 0) return;
      throw new Error(
        `services.${service}.backup: ended with ${exitCode}, so nothing is changed: ${stderr.slice(-500)}`,
      );
    },
  };
}

function volumeOf(place: StatefulPlace, { service, applied, volume }: BackedUp): ServiceDump {
  return {
    ...{ service, image: applied.image, form: "volume" },
    read: async (use) => {
      const { current } = await findStateful(place);
      if (current) {
        console.log(`${service} is stopped, its volume goes into the backup`);
        const container = place.engine.getContainer(current.id);
        await stopForGood(container, applied.stopGraceSeconds);
      }
      await readVolume(place, applied.image, volume, use);
    },
  };
}
