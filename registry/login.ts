import type { RegistrySettings } from "../config/settings";
import type { Asker } from "../rules/host/asking";
import { parseEcrAddress } from "../rules/aws/ecrAddress";
import { registryCredentials, type RegistryCredentials } from "./credentials";
import { ecrLogin, type RegistryLogin } from "./ecrLogin";
import { loginName } from "./reference";
import { RegistryClient } from "./registryClient";
import { exchangeOn } from "./registrySend";

/**
 * The login for a registry: AWS's for the stack's own ECR, wherever it is reached, else the deployer's own
 * `docker login`; null: none.
 *
 * @throws RegistryError
 */
export async function loginFor(
  address: string,
  settings: Pick<RegistrySettings, "kind" | "address" | "endpoint">,
): Promise<RegistryLogin | null> {
  const ecr = parseEcrAddress(settings.address);
  if (settings.kind === "ecr" && address === settings.endpoint && ecr) return ecrLogin(ecr);
  const found = await registryCredentials(loginName(address));
  if (found === null) return null;
  const { username = "", password = "", identitytoken } = found;
  return { username, password, ...(identitytoken && { identityToken: identitytoken }) };
}

/** As {@link loginFor}, as the Docker Engine is handed it for a pull. */
export async function engineLogin(
  registry: string,
  settings: Pick<RegistrySettings, "kind" | "address" | "endpoint">,
): Promise<RegistryCredentials | null> {
  const ecr = parseEcrAddress(settings.address);
  if (settings.kind !== "ecr" || registry !== settings.endpoint || ecr === null) {
    return registryCredentials(registry);
  }
  const { username, password } = await ecrLogin(ecr);
  return { username, password, serveraddress: registry };
}

/** Asks registries with a stack's logins: from this machine, or the way its host reaches them. */
export function connectRegistry(
  settings: Pick<RegistrySettings, "kind" | "address" | "endpoint">,
  host?: Asker,
): RegistryClient {
  const login = (address: string) => loginFor(address, settings);
  return new RegistryClient(login, host && exchangeOn(host));
}
