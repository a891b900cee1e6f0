import type { StackEvent } from "../records/event";
import type { NoticeCursor } from "../records/noticeRecords";
import type { StackRecords } from "../records/stackRecords";
import type { ChannelSettings } from "../rules/notices/channels";
import { noticeOf, type Notice } from "../rules/notices/notice";
import { plainText } from "../rules/plainText";
import { NotTold, type Listener } from "./listener";
import { openListener } from "./openListener";

/** How long to wait before the second and the third try, in seconds. */
const WAITS = [1, 4];
/** Older news are none. */
const NEWS_HOURS = 24;
const FAILURE_LENGTH = 200;

/** What became of a notice. */
export interface Told {
  readonly channel: string;
  readonly notice: Notice;
  /** Null: it arrived. */
  readonly failure: string | null;
}

/** The stack that is told of. */
export interface Where {
  readonly stack: string;
  /** Its name among the stacks of all projects. */
  readonly source: string;
}

/** How to send. */
export interface Sending {
  /** Directory that modules' paths are relative to. */
  readonly root: string;
  /** Number of the event that a channel begins with which was told nothing before. */
  readonly from: number;
  readonly wait: (seconds: number) => Promise<void>;
  /** Whether this program still may; asked before each event. */
  readonly isOurs: () => Promise<boolean>;
}

/**
 * Tells each channel what it has not been told yet: the stack's events are the outbox, and a record says how far each
 * channel is. So what a deployer did not get to, the next one sends.
 */
export async function sendOutstanding(
  records: StackRecords,
  at: Where,
  channels: readonly ChannelSettings[],
  { root, from, wait, isOurs }: Sending,
): Promise<readonly Told[]> {
  const events = await records.events.list();
  const sent = await Promise.all(
    channels.map(async (channel) => {
      const cursor = (await records.notices.readCursor(channel.name)) ?? { number: from - 1 };
      // Whoever comes after this one begins there too, whatever becomes of it.
      await records.notices.writeCursor(channel.name, cursor);
      // One that cannot be opened is no reason to leave the others untold.
      const listener = await openListener(channel, root).catch((error: Error) => ({
        name: channel.name,
        tell: () => Promise.reject(error),
      }));
      return tellAll(records, channel, listener, { at, cursor, events, wait, isOurs });
    }),
  );
  return sent.flat();
}

interface Outstanding extends Pick<Sending, "wait" | "isOurs"> {
  readonly at: Where;
  readonly cursor: NoticeCursor;
  readonly events: readonly StackEvent[];
}

/** In order; the cursor follows each, so that none is told twice after a kill but the one that was under way. */
async function tellAll(
  records: StackRecords,
  channel: ChannelSettings,
  listener: Listener,
  { at, cursor, events, wait, isOurs }: Outstanding,
): Promise<Told[]> {
  const told: Told[] = [];
  let { failure } = cursor;
  for (const event of events.filter(({ number }) => number > cursor.number)) {
    // Another program has taken over from one that it holds for dead.
    if (!(await isOurs())) return told;
    const notice = noticeOf(at, event);
    if (notice && channel.events.some((kind) => kind === notice.kind) && isNews(notice)) {
      const failed = await tell(listener, notice, wait);
      // Whoever comes next may have what is missing here.
      if (failed?.how === "elsewhere") {
        return [...told, { channel: channel.name, notice, failure: failed.message }];
      }
      told.push({ channel: channel.name, notice, failure: failed && failed.message });
      failure = failed ? { at: new Date().toISOString(), says: failed.message } : undefined;
    }
    await records.notices.writeCursor(channel.name, {
      number: event.number,
      ...(failure ? { failure } : {}),
    });
  }
  return told;
}

function isNews({ at }: Notice): boolean {
  return Date.now() - Date.parse(at) < NEWS_HOURS * 3_600_000;
}

async function tell(
  listener: Listener,
  notice: Notice,
  wait: (seconds: number) => Promise<void>,
): Promise<{ message: string; how: NotTold["how"] } | null> {
  for (let tries = 0; ; tries += 1) {
    try {
      await listener.tell(notice);
      return null;
    } catch (error) {
      const { message } = error as Error;
      const how = error instanceof NotTold ? error.how : "never";
      const pause = WAITS[tries];
      if (how !== "later" || pause === undefined) {
        return { message: plainText(message, FAILURE_LENGTH), how };
      }
      const asked = error instanceof NotTold ? error.retryAfterSeconds : null;
      await wait(Math.max(pause, asked ?? 0));
    }
  }
}
