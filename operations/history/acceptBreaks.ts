import { changeOrigin } from "../../config/changeOrigin";
import { withHost } from "../../host/connectHost";
import { HostDirectory } from "../../host/hostDirectory";
import { findOpenBreaks } from "../../records/acceptedBreaks";
import { findBrokenLinks } from "../../records/eventChain";
import { readStackSettings } from "../shared/stackFile";
import { readEvents, readNoted } from "./eventSource";

/** What `accept` is told. */
export interface AcceptOptions {
  readonly stack: string;
  readonly reason?: string;
}

/**
 * Writes down that somebody has looked into what `verify` shows.
 *
 * @throws Error where no reason is given, or nothing is broken: there is nothing to accept.
 */
export async function acceptBreaks({ stack, reason = "" }: AcceptOptions): Promise<void> {
  if (reason.trim() === "") {
    throw new Error("--reason: is required; say what was found when it was looked into");
  }
  const noted = await readNoted({ stack });
  const { events, head } = await readEvents({ stack });
  const breaks = findOpenBreaks(events, findBrokenLinks(events, head, noted));
  if (breaks.length === 0) {
    throw new Error(`${stack}: its events are whole, so there is nothing to accept`);
  }
  const { host: address, directory } = readStackSettings(stack);
  await withHost(address, async (host) => {
    const { records } = new HostDirectory(host, directory);
    const origin = changeOrigin((text) => console.error(text));
    await records.events.append({ kind: "break accepted", reason, breaks, ...origin });
  });
  breaks.forEach((says) => console.log(`accepted: ${says}`));
}
