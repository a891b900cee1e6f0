import { changeOrigin } from "../../config/changeOrigin";
import { changePlace } from "../../config/changePlace";
import { readAccess } from "../../config/accessFile";
import { instanceRoot } from "../../config/project";
import { withHost } from "../../host/connectHost";
import { HostDirectory } from "../../host/hostDirectory";
import { beginOf } from "../../records/eventChain";
import type { StackEvent } from "../../records/event";
import { COLORS } from "../../release/release";
import { readStackSettings } from "../shared/stackFile";

/** Without an access.yaml, which may say another number. */
export const DEFAULT_KEEP_DAYS = 400;

const DAY_MILLISECONDS = 86_400_000;

/** What `prune` is told. */
export interface PruneOptions {
  readonly stack: string;
  readonly olderThan?: string;
  readonly preview?: boolean;
  readonly json?: boolean;
}

/**
 * Takes old events out of a stack's record. That is an event itself, so the chain goes on; what tells of the releases that
 * the sets hold stays, however old it is.
 */
export async function pruneEvents(options: PruneOptions): Promise<void> {
  const { stack, preview = false, json } = options;
  const days = await daysFor(options.olderThan);
  const { host: address, directory } = readStackSettings(stack);
  const { removed, until } = await withHost(address, async (host) => {
    const { records } = new HostDirectory(host, directory);
    const events = await records.events.list();
    const placements = await Promise.all(COLORS.map((color) => records.readPlacement(color)));
    const held = placements.flatMap((placement) => placement?.record.id ?? []);
    const old = findOld(events, held, new Date(Date.now() - days * DAY_MILLISECONDS));
    const last = old.at(-1);
    if (last && !preview) {
      const reason = process.env["MAESTRO_REASON"] ?? `older than ${days} days`;
      const origin = { where: changePlace(), ...changeOrigin(() => undefined) };
      await records.events.prune(last, { reason, ...origin });
    }
    return { removed: old.length, until: last?.number ?? null };
  });
  if (json) console.log(JSON.stringify({ stack, removed, until, preview }, null, 2));
  else if (until === null) console.log(`${stack}: no event is older than ${days} days`);
  else {
    const what = `${removed} events older than ${days} days, up to event ${until}`;
    console.log(preview ? `${stack}: would take out ${what}` : `${stack}: took out ${what}`);
  }
}

/**
 * The events that may go: old ones before all that tells of what a set holds. One that a prune before this one was killed
 * over goes too.
 *
 * @param events oldest first.
 * @param held ids of the releases that the sets hold.
 */
export function findOld(
  events: readonly StackEvent[],
  held: readonly string[],
  before: Date,
): StackEvent[] {
  const gone = beginOf(events)?.number ?? 0;
  const isKept = ({ at, release, number }: StackEvent) =>
    number > gone &&
    (at >= before.toISOString() || (release !== undefined && held.includes(release)));
  const first = events.findIndex(isKept);
  // The last event always stays: the next one names it.
  return events.slice(0, Math.min(first < 0 ? events.length : first, events.length - 1));
}

/** @throws Error for fewer days than the project's rules keep them. */
async function daysFor(given: string | undefined): Promise<number> {
  const least = (await readAccess(instanceRoot()))?.keepEventsDays ?? DEFAULT_KEEP_DAYS;
  if (given === undefined) return least;
  const days = Number(/^(\d{1,4})d$/.exec(given)?.[1] ?? Number.NaN);
  if (Number.isNaN(days)) {
    throw new Error(`--older-than: must be a number of days such as 400d, got "${given}"`);
  }
  if (days >= least) return days;
  throw new Error(
    `--older-than: must be at least ${least}d, got "${given}"; keepEventsDays in access.yaml says how long events are kept`,
  );
}
