import { existsSync } from "node:fs";
import { Provider as CommandProvider } from "@pulumi/command/provider";
import { Provider as DockerProvider } from "@pulumi/docker/provider";
import type * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../config/settings";
import { hostUrl } from "../release/hostAddress";
import { sshOptions } from "../release/sshOptions";

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
): Promise<pulumi.ProviderResource[]> {
  const mayBeFirst = host !== null || !existsSync(directory);
  // Whoever needs the outputs tells why they cannot be read.
  if (mayBeFirst) await previous.catch(() => undefined);
  const docker = host ? { host: hostUrl(host), sshOpts: sshOptions(host) } : {};
  return [new DockerProvider("docker", docker), new CommandProvider("command")];
}
