import { withHost } from "../host/connectHost";
import { listSet } from "../host/engine";
import type { Host } from "../host/host";
import { HostDirectory } from "../host/hostDirectory";
import { removeSecretFiles } from "../host/secretFiles";
import type { SecretsInput } from "../rules/stepInput";
import { setSecretsDirectory } from "../rules/serviceSecrets";
import { readInput } from "./shared/input";

/**
 * Runs when a set is emptied, or its next release has no secrets: removes its files from the host.
 *
 * It also runs after `pulumi up --replace` of the delivery of a set that is kept, and then must touch nothing: the set's
 * containers tell.
 */
export async function main(): Promise<void> {
  const input = readInput<SecretsInput>("removeSecrets");
  const { color, prefix, secrets } = input;
  const { directory } = secrets;
  await withHost(input.host, async (host) => {
    if (await isWanted(host, input)) {
      console.log(`the ${color} set's containers have these files: nothing is removed`);
      return;
    }
    await removeSecretFiles({ engine: await host.engine(), prefix, directory, color });
    console.log(`secrets of the ${color} set removed from ${directory}`);
  });
}

/** Whether a container of the set that serves or waits still sees files of this directory. */
async function isWanted(host: Host, { prefix, color, secrets, ...input }: SecretsInput) {
  const { records, edge } = new HostDirectory(host, input.directory);
  const isProven = (await records.readPlacement(color))?.proven ?? false;
  if (!isProven && (await edge.readActiveColor()) !== color) return false;
  const engine = await host.engine();
  const own = `${secrets.directory}/${setSecretsDirectory(prefix, color)}/`;
  const mounts = await Promise.all(
    (await listSet(engine, prefix, color)).map(
      async ({ id }) => (await engine.getContainer(id).inspect()).Mounts,
    ),
  );
  return mounts.flat().some(({ Source }) => Source.startsWith(own));
}
