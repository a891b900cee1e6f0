import type { RegistrySettings } from "../../config/settings";
import { createDockerConfig } from "../../registry/dockerConfig";
import { ecrLogin } from "../../registry/ecrLogin";
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
  const config = createDockerConfig(settings.endpoint, login);
  process.env["DOCKER_CONFIG"] = config.directory;
  return {
    client,
    close: () => {
      if (before === undefined) delete process.env["DOCKER_CONFIG"];
      else process.env["DOCKER_CONFIG"] = before;
      config.remove();
    },
  };
}
