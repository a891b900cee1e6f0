import { stackPrefix } from "../../config/project";
import { withHost } from "../../host/connectHost";
import { HostDirectory } from "../../host/hostDirectory";
import { findMachineProblems } from "../../host/machineProblems";
import { readUnreleasedSettings } from "../shared/stackFile";

/**
 * Whether the host has a stack's ports, subnet and names free: what the update would refuse at its end is known before
 * minutes of building. Returns the addresses.
 *
 * @throws Error naming who has what is taken, and what is free, a line each.
 */
export async function checkAddresses(stack: string): Promise<string> {
  const settings = readUnreleasedSettings(stack);
  const { listen } = settings.edge;
  await withHost(settings.host, async (host) => {
    const edge = await new HostDirectory(host, settings.directory).records.readEdge();
    const wishes = { stack, prefix: stackPrefix(stack), settings, edge };
    const problems = await findMachineProblems(host, wishes);
    if (problems.length > 0) throw new Error(problems.join("\n"));
  });
  return `${listen.address}:${listen.port}, ${settings.subnet}`;
}
