import { stackPrefix } from "../../config/project";
import type { Settings } from "../../config/settings";
import { withHost } from "../../host/connectHost";
import { HostDirectory } from "../../host/hostDirectory";
import { sendNotices } from "../../steps/sendNotices";
import { firstNotedEvent, noteEvent } from "../../steps/shared/noteEvent";
import type { PruneResult } from "./printPrune";

/**
 * Does what an update has started and does not wait for: what goes wrong is put on record and told to the stack's
 * channels, since nobody reads this program's words.
 */
export async function tellFailure(
  stack: string,
  settings: Settings,
  prune: () => Promise<PruneResult>,
): Promise<PruneResult> {
  try {
    const result = await prune();
    const problems = [...(result.host === null ? result.notes : []), ...(result.left ?? [])];
    if (problems.length > 0) await tell(stack, settings, problems.join("\n"));
    return result;
  } catch (error) {
    await tell(stack, settings, (error as Error).message);
    throw error;
  }
}

async function tell(stack: string, settings: Settings, reason: string): Promise<void> {
  const { host: address, directory, notices } = settings;
  await withHost(address, async (host) => {
    const { records } = new HostDirectory(host, directory);
    await noteEvent(records, { kind: "not pruned", reason });
  });
  const from = firstNotedEvent();
  if (notices === null || from === null) return;
  await sendNotices({
    ...{ prefix: stackPrefix(stack), directory, from },
    ...(address && { host: address }),
    notices: { stack, channels: notices },
  });
}
