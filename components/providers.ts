import { Provider as CommandProvider } from "@pulumi/command/provider";
import { Provider as DockerProvider } from "@pulumi/docker/provider";
import type * as pulumi from "@pulumi/pulumi";

/**
 * The resource plugins, by name. The engine starts a plugin when its provider is registered: these are, before anything
 * else, so that both start side by side while the program looks at the host. Default providers start one after the
 * other, and only when the first resource asks for them.
 */
export function createProviders(): pulumi.ProviderResource[] {
  return [new DockerProvider("docker"), new CommandProvider("command")];
}
