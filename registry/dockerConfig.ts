import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import path from "node:path";
import type { RegistryLogin } from "./ecrLogin";

/** A directory for DOCKER_CONFIG: what docker, cosign and syft log in by. */
export interface DockerConfigDirectory {
  readonly directory: string;
  remove(): void;
}

interface DockerConfig {
  readonly auths?: Readonly<Record<string, unknown>>;
  readonly credsStore?: string;
}

/**
 * The user's own configuration of docker with one more login, in a directory of its own: no token stays in the user's.
 *
 * @param registry `localhost:5000`, as references name it.
 */
export function createDockerConfig(
  registry: string,
  { username, password }: RegistryLogin,
): DockerConfigDirectory {
  const own = process.env["DOCKER_CONFIG"] ?? path.join(homedir(), ".docker");
  const directory = mkdtempSync(path.join(tmpdir(), "maestro-docker-"));
  const file = path.join(own, "config.json");
  const config = (existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {}) as DockerConfig;
  const auth = Buffer.from(`${username}:${password}`).toString("base64");
  const text = JSON.stringify({
    ...config,
    // The client would ask the store instead of reading what is written here.
    credsStore: undefined,
    auths: { ...config.auths, [registry]: { auth } },
  });
  writeFileSync(path.join(directory, "config.json"), text, { mode: 0o600 });
  // The client looks for buildx there.
  const plugins = path.join(own, "cli-plugins");
  if (existsSync(plugins)) {
    cpSync(plugins, path.join(directory, "cli-plugins"), { recursive: true });
  }
  return { directory, remove: () => rmSync(directory, { recursive: true, force: true }) };
}
