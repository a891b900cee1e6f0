import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import type { Value } from "../../rpc/values";

/** What the engine sends to a registry. */
export interface RegistryCredentials {
  readonly username?: string;
  readonly password?: string;
  readonly serveraddress?: string;
}

interface Entry {
  readonly address?: string;
  readonly authDisabled?: boolean;
  readonly username?: string;
  readonly password?: string;
  readonly configFile?: string;
  readonly configFileContent?: string;
}

/** Finds the credentials for a registry in the provider's `registryAuth`; empty ones where it has none. */
export function registryCredentials(
  registryAuth: Value | undefined,
  registry: string,
): RegistryCredentials {
  const entry = entriesOf(registryAuth).find(
    ({ address = "" }) => registryHost(address) === registry,
  );
  if (entry === undefined || entry.authDisabled === true) {
    return {};
  }
  if (entry.username) {
    return { username: entry.username, password: entry.password ?? "", serveraddress: registry };
  }
  return fromDockerConfig(entry, registry);
}

function entriesOf(registryAuth: Value | undefined): Entry[] {
  // The engine hands nested configuration over as JSON text.
  const parsed: unknown =
    typeof registryAuth === "string" && registryAuth !== ""
      ? JSON.parse(registryAuth)
      : registryAuth;
  return Array.isArray(parsed) ? (parsed as Entry[]) : [];
}

/** A registry's host without scheme and path. */
export function registryHost(address: string): string {
  return address.replace(/^https?:\/\//, "").replace(/\/.*$/, "");
}

function fromDockerConfig(entry: Entry, registry: string): RegistryCredentials {
  const file = entry.configFile ?? path.join(homedir(), ".docker", "config.json");
  const content = entry.configFileContent ?? readOrEmpty(file.replace(/^~/, homedir()));
  const { auths = {} } = JSON.parse(content) as { auths?: Record<string, { auth?: string }> };
  const found = Object.entries(auths).find(([address]) => registryHost(address) === registry)?.[1];
  if (found?.auth === undefined) {
    return {};
  }
  const text = Buffer.from(found.auth, "base64").toString("utf8");
  const colon = text.indexOf(":");
  return {
    username: text.slice(0, colon),
    password: text.slice(colon + 1),
    serveraddress: registry,
  };
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "{}";
  }
}
