import pc from "picocolors";
import { findAccepted, findOpenBreaks } from "../../records/acceptedBreaks";
import { beginOf, findBreaks } from "../../records/eventChain";
import type { EventHead } from "../../release/history";
import { readEvents, readNoted, type EventSource } from "./eventSource";

/** What `verify` is told. */
export interface VerifyOptions extends EventSource {
  readonly json?: boolean;
  /** `<number>:<hash>` */
  readonly noted?: string;
}

/**
 * Says whether an event was changed or is gone, the first one first.
 *
 * @returns the exit code; 1: something is not as it was written, and nobody has accepted that.
 */
export async function verifyEvents(options: VerifyOptions): Promise<number> {
  const noted = parseNoted(options.noted) ?? (await readNoted(options));
  const { events, head } = await readEvents(options);
  const broken = findBreaks(events, head, noted);
  const told = broken.map(({ says }) => says);
  const open = new Set(findOpenBreaks(events, told));
  const breaks = broken.filter(({ says }) => open.has(says));
  const accepted = findAccepted(events, told);
  const begin = beginOf(events);
  if (options.json) {
    const problems = breaks.map(({ says }) => says);
    const firstBroken = breaks[0]?.event ?? null;
    const found = { events: events.length, begin, head, firstBroken, problems };
    const known = accepted.map(({ says, by }) => ({ says, by: by.by, at: by.at, why: by.reason }));
    console.log(JSON.stringify({ ...found, accepted: known }, null, 2));
  } else {
    if (breaks[0]) console.log(pc.red(`first broken: event ${breaks[0].event}`));
    else if (broken.length === 0) console.log(`${events.length} events, each as it was written`);
    breaks.forEach(({ says }) => console.log(pc.red(says)));
    for (const { says, by } of accepted) {
      console.log(`${says}: accepted at ${by.at} by ${by.by}: ${by.reason}`);
    }
    if (begin)
      console.log(`begins after ${begin.number}:${begin.hash}, the last that was taken out`);
    if (head) console.log(`last: ${head.number}:${head.hash}`);
  }
  return breaks.length === 0 ? 0 : 1;
}

function parseNoted(text: string | undefined): EventHead | null {
  if (text === undefined) return null;
  const [, number, hash] = /^(\d+):([0-9a-f]{64})$/.exec(text) ?? [];
  if (number && hash) return { number: Number(number), hash };
  throw new Error(
    `--noted: must be an event's number and hash, got "${text}"; take it from the last line of \`history verify\``,
  );
}
