import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import path from "node:path";
import type { RegistrySettings } from "../../config/settings";
import { ecrLogin, type RegistryLogin } from "../../registry/ecrLogin";
import { connectRegistry } from "../../registry/login";
import type { RegistryClient } from "../../registry/registryClient";
import { parseEcrAddress } from "../../rules/aws/ecrAddress";
import { ensureAwsPlugins } from "../../toolchain/setup/plugins";
import { step } from "../../toolchain/setup/step";

/** A registry as the docker client may push to it. */
export interface RegistrySession {
  readonly client: RegistryClient;
  /** Forgets the login. */
  close(): void;
}

/**
 * Logs the docker client in to ECR for the time of one run: in a configuration of its own, which is removed at the end,
 * so that no token stays in the user's. Other registries are used as they are.
 */
export async function openRegistry(settings: RegistrySettings): Promise<RegistrySession> {
  const client = connectRegistry(settings);
  const address = settings.kind === "ecr" ? parseEcrAddress(settings.address) : null;
  if (address === null) return { client, close: () => undefined };
  // The next `pulumi up` needs them.
  await step("AWS plugins", async (say) =>
    (await ensureAwsPlugins(say)).map(({ name, source }) => `${name}: ${source}`).join(", "),
  );
  const login = await ecrLogin(address);
  const before = process.env["DOCKER_CONFIG"];
  const directory = createDockerConfig(before, settings.endpoint, login);
  process.env["DOCKER_CONFIG"] = directory;
  return {
    client,
    close: () => {
      if (before === undefined) delete process.env["DOCKER_CONFIG"];
      else process.env["DOCKER_CONFIG"] = before;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

interface DockerConfig {
  readonly auths?: Readonly<Record<string, unknown>>;
  readonly credsStore?: string;
}

function createDockerConfig(
  before: string | undefined,
  registry: string,
  { username, password }: RegistryLogin,
): string {
  const own = before ?? path.join(homedir(), ".docker");
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
  return directory;
}
