import { withHost } from "../host/connectHost";
import { removeSecretFiles } from "../host/secretFiles";
import type { SecretsInput } from "../release/operationInput";
import { readInput } from "./shared/input";

/** Runs when a set is emptied, or its next release has no secrets: removes its files from the host. */
export async function main(): Promise<void> {
  const { host: address, prefix, color, secrets } = readInput<SecretsInput>();
  const { directory } = secrets;
  await withHost(address, async (host) =>
    removeSecretFiles({ engine: await host.engine(), prefix, directory, color }),
  );
  console.log(`secrets of the ${color} set removed from ${directory}`);
}
