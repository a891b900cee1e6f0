import { RegistryError } from "../../registry/registryError";
import { connectRegistry } from "../../registry/login";
import { isLoopback, registryUrl } from "../../registry/reference";
import { describeFailure, exchangeOn } from "../../registry/registrySend";
import type { Asker } from "../../rules/host/asking";
import { startRegistry } from "../../toolchain/setup/registry";
import { good, inParts, type Examination } from "./examination";

/** A tag that no image has: the registry must let the login in to say so. */
const NO_TAG = "maestro-doctor";

/** Whether the registry answers the stack's login, the way its host reaches it. */
export const registry: Examination = {
  name: "registry",
  async look({ stack, settings, host }) {
    const { endpoint, namespace, kind } = settings.registry;
    const connected = await host();
    const service = Object.keys(settings.services)[0] ?? "edge";
    try {
      await requireAnswer(connected, endpoint);
      const client = connectRegistry(settings.registry, connected);
      await client.findDigest({ address: endpoint, path: `${namespace}/${service}` }, NO_TAG);
      return good(endpoint);
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      const means = "images can be neither pushed nor pulled; what the host has goes on to serve";
      const found = { condition: "bad", means, ...inParts(withoutPath(error.message)) } as const;
      if (kind !== "local" || settings.host !== null || !isLoopback(endpoint)) return [found];
      const mend = `maestro setup --stack ${stack}`;
      return [{ ...found, mend, fix: () => startRegistry(endpoint) }];
    }
  },
};

/** Whether anybody is there: an update would ask several times before it says so. */
async function requireAnswer(host: Asker, endpoint: string): Promise<void> {
  try {
    await exchangeOn(host)(registryUrl(endpoint), { method: "GET" });
  } catch (error) {
    throw new RegistryError(`registry ${endpoint}: ${describeFailure(error)}`);
  }
}

/** What was asked for is of no interest: it is not there. */
function withoutPath(message: string): string {
  return message.replace(/; asked for \S+$/i, "");
}
