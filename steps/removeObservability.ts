import { withHost } from "../host/connectHost";
import { removeObservers } from "../host/observers";
import { LABELS } from "../rules/host/containerLabels";
import type { OperationInput } from "../rules/stepInput";
import { readInput } from "./shared/input";

/**
 * Takes the observability stack away where a stack has none any more; what it remembers stays. What stands in the way is
 * said, and fails neither an update nor a destruction.
 */
export async function main(): Promise<void> {
  const { host: address, prefix } = readInput<OperationInput>("removeObservability");
  try {
    await withHost(address, async (host) => {
      const kept = await removeObservers(await host.engine(), prefix);
      if (kept.length === 0) return;
      console.log(`what it remembers stays; \`docker volume rm ${kept.join(" ")}\` forgets it`);
    });
  } catch (error) {
    const filter = `docker ps --all --filter label=${LABELS.stack}=${prefix}`;
    console.log(
      `WARNING: some of the observability stack is left: ${(error as Error).message}; look for it with \`${filter}\``,
    );
  }
}
