import { randomUUID } from "node:crypto";
import { instanceRoot } from "../config/project";
import { withHost } from "../host/connectHost";
import { HostDirectory } from "../host/hostDirectory";
import { sendOutstanding, type Told } from "../listeners/sendOutstanding";
import type { SendNoticesInput } from "../rules/stepInput";
import { sleep } from "../targets/timing";
import { readInput } from "./shared/input";

/** Another step's sender may be under way; it sends what is there then, and this one what came after. */
const LOCK_TRIES = 120;
const LOCK_INTERVAL_MILLISECONDS = 1_000;

/** Tells the stack's channels what they have not been told yet. Started by steps, which do not wait for it. */
export async function main(): Promise<void> {
  await sendNotices(readInput<SendNoticesInput>("sendNotices"));
}

/** See {@link main}. @returns what became of each notice; null: another program sends them. */
export function sendNotices({
  host: address,
  prefix,
  directory,
  notices,
  from,
}: SendNoticesInput): Promise<readonly Told[] | null> {
  return withHost(address, async (host) => {
    const { records } = new HostDirectory(host, directory);
    const by = randomUUID();
    for (let tries = 0; !(await records.notices.lock(by)); tries += 1) {
      if (tries >= LOCK_TRIES) return null;
      await sleep(LOCK_INTERVAL_MILLISECONDS);
    }
    try {
      const at = { stack: notices.stack, source: prefix };
      return await sendOutstanding(records, at, notices.channels, {
        root: instanceRoot(),
        from,
        wait: (seconds) => sleep(seconds * 1000),
        isOurs: () => records.notices.lock(by),
      });
    } finally {
      await records.notices.unlock(by);
    }
  });
}
