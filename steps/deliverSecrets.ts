import { withHost } from "../host/connectHost";
import type { Host } from "../host/host";
import { HostDirectory } from "../host/hostDirectory";
import { writeSecretFiles, type ServiceFiles } from "../host/secretFiles";
import { withLogin } from "../rules/database/databaseLogins";
import type { SecretsInput } from "../rules/stepInput";
import { canonicalJson } from "../release/release";
import {
  deliveredSecrets,
  serviceSecretsDirectory,
  type DeliveredSecrets,
} from "../rules/serviceSecrets";
import { openStore } from "../secretStore/openStore";
import { SecretError, type SecretStore } from "../secretStore/store";
import { projectName, instanceRoot } from "../config/project";
import { elapsed } from "../targets/timing";
import { readInput } from "./shared/input";
import { noteEvent } from "./shared/noteEvent";

/**
 * Runs between the claim and the containers of the idle set: reads the versions that the release names from the store
 * and puts them on the host as files. Values pass through this process's memory alone.
 */
export async function main(): Promise<void> {
  const input = readInput<SecretsInput>("deliverSecrets");
  await withHost(input.host, (host) => deliverToIdle(host, input));
}

async function deliverToIdle(host: Host, input: SecretsInput): Promise<void> {
  const { color } = input;
  const directory = new HostDirectory(host, input.directory);
  if ((await directory.edge.readActiveColor()) === color) {
    const held = await directory.records.readPlacement(color);
    // Its resource was lost or replaced (`pulumi state delete`, `--replace`); the files are those of what serves.
    if (held && canonicalJson(deliveredSecrets(held.record)) === canonicalJson(input.services)) {
      console.log(`${color} serves users and has these secrets already`);
      return;
    }
    throw new Error(
      `${color} serves users, so its secrets stay as they are: the traffic was moved after this update was planned; ` +
        `run it again`,
    );
  }
  const start = performance.now();
  const { inMemory, count } = await deliver(host, input);
  await noteEvent(directory.records, { kind: "secrets delivered", color });
  const place = inMemory ? "in memory" : "on disk, as maestro:secrets.directory says";
  console.log(
    `${count} secrets of ${Object.keys(input.services).length} services delivered to ${color}, ${place}, in ${elapsed(start)}`,
  );
}

/** Puts a set's secrets on the host. */
export async function deliver(
  host: Host,
  input: SecretsInput,
): Promise<{ inMemory: boolean; count: number }> {
  const { prefix, stack, secrets, color, services } = input;
  const store = await openStore({ secrets, stack, project: projectName(), root: instanceRoot() });
  const files = await Promise.all(
    Object.entries(services).map(([service, delivered]) =>
      filesOf(prefix, store, service, delivered),
    ),
  );
  const { directory } = secrets;
  const { inMemory } = await writeSecretFiles(
    { engine: await host.engine(), prefix, directory, color },
    files,
  );
  return { inMemory, count: files.reduce((sum, one) => sum + Object.keys(one.files).length, 0) };
}

/** The files of one service's secrets. @throws SecretError where the store has not all of them. */
export async function filesOf(
  prefix: string,
  store: SecretStore,
  service: string,
  delivered: DeliveredSecrets,
): Promise<ServiceFiles> {
  const stored = await store.read(service, delivered.version);
  const values = withLogin(prefix, stored, delivered.login);
  const files = delivered.names.map((name) => {
    const value = values[name];
    if (value === undefined || value === "") {
      throw new SecretError(
        `${store.nameOf(service)}, version ${delivered.version}: has nothing under ${name}; run the update again`,
      );
    }
    return [name, value] as const;
  });
  const directory = serviceSecretsDirectory(service, delivered);
  return { directory, user: delivered.user, files: Object.fromEntries(files) };
}
