import { Provider as CommandProvider } from "@pulumi/command/provider";
import { Provider as DockerProvider } from "@pulumi/docker/provider";
import type * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../../config/settings";
import { HostDirectory } from "../../host/hostDirectory";
import { localHost } from "../../host/localHost";
import { hostUrl } from "../../rules/host/hostAddress";
import { sshOptions } from "../../rules/host/sshOptions";

/**
 * The resource plugins, by name. The engine starts a plugin when its provider is registered: these are, before anything
 * else, so that both start side by side while the program looks at the host. Default providers start one after the
 * other, and only when the first resource asks for them.
 *
 * A first update writes them to its state, and the file backend does that in place: until the state has been read,
 * they wait there.
 *
 * @param previous the own outputs, which are being read from the state.
 */
export async function createProviders(
  { host, directory }: Settings,
  previous: Promise<unknown>,
  opts: pulumi.ResourceOptions = {},
): Promise<pulumi.ProviderResource[]> {
  // The host says so once an update has come as far as its edge, and no longer once the stack was destroyed.
  const mayBeFirst =
    host !== null || (await new HostDirectory(localHost, directory).records.readEdge()) === null;
  // Whoever needs the outputs tells why they cannot be read.
  if (mayBeFirst) await previous.catch(() => undefined);
  const docker = host ? { host: hostUrl(host), sshOpts: sshOptions(host) } : {};
  return [new DockerProvider("docker", docker, opts), new CommandProvider("command", {}, opts)];
}
