import type { OperationInputs } from "../rules/stepInput";
import { NexusClient } from "./nexusClient";
import { readInput } from "./shared/input";

/**
 * Makes and keeps a stack's repositories in a Nexus. Changes only what differs, so it may be run again at any time.
 *
 * Environment: NEXUS_ADMIN_USER (default admin), NEXUS_ADMIN_PASSWORD; MAESTRO_PACKAGES_PASSWORD for the publish user.
 */
export async function main(): Promise<void> {
  const { repositories } = readInput<OperationInputs["nexusRepositories"]>("nexusRepositories");
  const client = new NexusClient(repositories.url, {
    user: process.env.NEXUS_ADMIN_USER || "admin",
    password: requireVariable("NEXUS_ADMIN_PASSWORD"),
  });
  const publishPassword = requireVariable("MAESTRO_PACKAGES_PASSWORD");
  for (const line of await client.ensure(repositories, publishPassword)) console.log(line);
}

function requireVariable(name: string): string {
  const value = process.env[name];
  if (value) return value;
  throw new Error(`${name}: is not set; set it in the environment of \`pulumi up\``);
}
