import { stackPrefix } from "../../config/project";
import type { Settings } from "../../config/settings";
import { withHost } from "../../host/connectHost";
import { HostDirectory } from "../../host/hostDirectory";
import type { EventFacts } from "../../records/event";
import { sendNotices } from "../../steps/sendNotices";
import { firstNotedEvent, noteEvent } from "../../steps/shared/noteEvent";

/** Puts on record what has happened outside of an update, and tells the stack's channels. */
export async function tellOf(stack: string, settings: Settings, facts: EventFacts): Promise<void> {
  const { host: address, directory, notices } = settings;
  await withHost(address, async (host) => {
    const { records } = new HostDirectory(host, directory);
    await noteEvent(records, facts);
  });
  const from = firstNotedEvent();
  if (notices === null || from === null) return;
  await sendNotices({
    ...{ prefix: stackPrefix(stack), directory, from },
    ...(address && { host: address }),
    notices: { stack, channels: notices },
  });
}
