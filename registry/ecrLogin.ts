import { RegistryError } from "./registryError";
import type { EcrAddress } from "../rules/aws/ecrAddress";

/** A name and a password for a registry, or a token that stands for both. */
export interface RegistryLogin {
  readonly username: string;
  readonly password: string;
  /** What a token server gives its tokens for; then name and password are empty. */
  readonly identityToken?: string;
}

const logins = new Map<string, Promise<RegistryLogin>>();

/**
 * Gets ECR's login token with the deployer's own AWS credentials, once a process. It stays in memory: no file, no
 * argument and no state ever holds it.
 *
 * @throws RegistryError
 */
export function ecrLogin(address: EcrAddress): Promise<RegistryLogin> {
  const key = `${address.accountId} ${address.region}`;
  const known = logins.get(key) ?? askForLogin(address);
  logins.set(key, known);
  return known;
}

async function askForLogin(address: EcrAddress): Promise<RegistryLogin> {
  // Loaded only here: a stack without ECR does not pay for AWS's modules.
  const { readEcrToken } = await import("./ecrToken");
  const token = await readEcrToken(address);
  const text = Buffer.from(token, "base64").toString();
  const colon = text.indexOf(":");
  if (colon < 1) {
    throw new RegistryError(`AWS gave no login for account ${address.accountId}; run it again`);
  }
  return { username: text.slice(0, colon), password: text.slice(colon + 1) };
}
