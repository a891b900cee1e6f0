import { withHost } from "../host/connectHost";
import { removeLeftovers } from "../host/leftovers";
import type { EdgeConfigInput } from "../release/operationInput";
import { readInput } from "./shared/input";

/** Runs when a stack is destroyed, after its sets and its edge and before the network that a leftover would hold. */
export async function main(): Promise<void> {
  const { host: address, prefix } = readInput<EdgeConfigInput>();
  await withHost(address, async (host) => {
    for (const name of await removeLeftovers(await host.engine(), prefix)) {
      console.log(`removed ${name}, which no state knows`);
    }
  });
}
