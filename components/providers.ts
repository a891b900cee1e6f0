import { Provider as CommandProvider } from "@pulumi/command/provider";
import { Provider as DockerProvider } from "@pulumi/docker/provider";
import type * as pulumi from "@pulumi/pulumi";
import { hostUrl, type HostAddress } from "../release/hostAddress";
import { sshOptions } from "../release/sshOptions";

/**
 * The resource plugins, by name. The engine starts a plugin when its provider is registered: these are, before anything
 * else, so that both start side by side while the program looks at the host. Default providers start one after the
 * other, and only when the first resource asks for them.
 *
 * @param host the Docker host; null: this machine.
 */
export function createProviders(host: HostAddress | null): pulumi.ProviderResource[] {
  const docker = host ? { host: hostUrl(host), sshOpts: sshOptions(host) } : {};
  return [new DockerProvider("docker", docker), new CommandProvider("command")];
}
