import { withHost } from "../host/connectHost";
import { containerState } from "../host/engine";
import { HostDirectory } from "../host/hostDirectory";
import { removeLeftovers } from "../host/leftovers";
import { edgeContainerName } from "../rules/edge/edgeLayout";
import type { OperationInput } from "../rules/stepInput";
import { readInput } from "./shared/input";
import { noteEvent } from "./shared/noteEvent";

/**
 * Runs when a stack is destroyed, after its sets and its edge and before the network that a leftover would hold. Nothing
 * serves any more, which the host's records must not deny: the stack may be made anew.
 *
 * It also runs after `pulumi up --replace` of the edge's configuration, and then must touch nothing: the edge tells.
 */
export async function main(): Promise<void> {
  const { host: address, prefix, directory } = readInput<OperationInput>("removeLeftovers");
  await withHost(address, async (host) => {
    const engine = await host.engine();
    if ((await containerState(engine, edgeContainerName(prefix))) !== null) {
      console.log(
        "the edge is still there, so the stack is not being destroyed: nothing is removed",
      );
      return;
    }
    const files = new HostDirectory(host, directory);
    await noteEvent(files.records, { kind: "destroyed" });
    await files.forgetServing();
    for (const name of await removeLeftovers(engine, prefix)) {
      console.log(`removed ${name}, which no state knows`);
    }
  });
}
