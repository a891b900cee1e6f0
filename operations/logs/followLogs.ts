import { setTimeout as sleep } from "node:timers/promises";
import type Docker from "dockerode";
import { readContainerLog, type LogPart } from "../../host/containerLog";
import type { TimedLine } from "../../host/timedLines";
import { byTime, type LogLine } from "../../rules/logs/logLine";
import { unixTime } from "../../rules/logs/unixTime";
import type { LogSource } from "./logSources";

/** How often is looked for containers that are new, or are meant now. */
const LOOK_MILLISECONDS = 1_000;
/** So many looks in a row may fail: a host is restarted, or a connection is slow. */
const MOST_FAILURES = 30;
/** Lines wait this long for older ones of other containers. */
const MERGE_MILLISECONDS = 150;
/** A set that users have left ends what it has begun for them, and says so. */
const LEAVING_MILLISECONDS = 10_000;

/** What whoever follows is given. */
export interface LogReader {
  readonly show: (line: LogLine) => void;
  /** That a container's log cannot be read; it is tried again. */
  readonly warn: (text: string) => void;
}

/**
 * Shows what containers write from now on, merged by time, until it is aborted: those too that are started meanwhile, those
 * that are meant after a switch, and those whose log was cut, without a line that is lost or told twice.
 *
 * @param find the containers that are meant by now.
 * @param part what of the past is shown first.
 */
export async function followLogs(
  engine: Docker,
  find: () => Promise<readonly LogSource[]>,
  part: Omit<LogPart, "follow">,
  { show, warn }: LogReader,
  signal: AbortSignal,
): Promise<void> {
  const merger = new LineMerger(show);
  const followed = new Map<string, FollowedLog>();
  const timer = setInterval(() => merger.tick(), MERGE_MILLISECONDS);
  // Of who comes later, what was written since the look before: it was not there then, or not meant.
  let begin = part;
  const look = patiently(() => Promise.all([engineTime(engine), find()]));
  try {
    while (!signal.aborted) {
      const [began, sources] = (await look()) ?? [null, []];
      for (const source of sources) {
        const known = followed.get(source.id);
        const log = known ?? new FollowedLog(engine, source, begin, merger, warn);
        followed.set(source.id, log);
        log.keepOpen(source.isRunning || known === undefined);
      }
      if (began !== null) {
        const wanted = new Set(sources.map(({ id }) => id));
        for (const [id, log] of followed) if (!wanted.has(id)) log.leave(() => followed.delete(id));
        begin = { since: began };
      }
      await sleep(LOOK_MILLISECONDS, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    clearInterval(timer);
    await Promise.all([...followed.values()].map((log) => log.close()));
    merger.flush();
  }
}

/** What a look has found; null: it failed, and may the next time. @throws after too many failures in a row. */
function patiently<T>(look: () => Promise<T>): () => Promise<T | null> {
  let failures = 0;
  return async () => {
    try {
      const found = await look();
      failures = 0;
      return found;
    } catch (error) {
      failures += 1;
      if (failures === MOST_FAILURES) throw error;
      return null;
    }
  };
}

/** One container's log, opened again from where it was cut. */
class FollowedLog {
  private reading: Promise<void> | null = null;
  private readonly closing = new AbortController();
  private leaving: NodeJS.Timeout | null = null;
  private lastAt: string | null = null;
  /** Lines of that very moment that were shown. */
  private shownAt = 0;

  constructor(
    private readonly engine: Docker,
    private readonly source: LogSource,
    private readonly part: Omit<LogPart, "follow">,
    private readonly merger: LineMerger,
    private readonly warn: (text: string) => void,
  ) {}

  /** @param mayOpen whether there can be something new: it runs, or was not read yet. */
  keepOpen(mayOpen: boolean): void {
    if (this.leaving) clearTimeout(this.leaving);
    this.leaving = null;
    if (!mayOpen || this.reading !== null) return;
    this.reading = this.read()
      .catch((error: Error) => {
        if (!this.closing.signal.aborted) this.warn(`${this.source.service}: ${error.message}`);
      })
      .finally(() => (this.reading = null));
  }

  /** It is not meant any more; what it still says is shown for a while. */
  leave(then: () => void): void {
    this.leaving ??= setTimeout(() => void this.close().then(then), LEAVING_MILLISECONDS);
  }

  async close(): Promise<void> {
    if (this.leaving) clearTimeout(this.leaving);
    this.closing.abort();
    await this.reading;
  }

  private async read(): Promise<void> {
    const part = this.lastAt === null ? this.part : { since: unixTime(this.lastAt) };
    // The Engine tells the lines of that moment again.
    let told = this.lastAt === null ? 0 : this.shownAt;
    const all = { ...part, follow: true };
    for await (const lines of readContainerLog(
      this.engine,
      this.source.id,
      all,
      this.closing.signal,
    )) {
      for (const line of lines) {
        if (told > 0 && line.at === this.lastAt) told -= 1;
        else this.take(line);
      }
    }
  }

  private take(line: TimedLine): void {
    this.shownAt = line.at === this.lastAt ? this.shownAt + 1 : 1;
    this.lastAt = line.at;
    const { set, service, replica } = this.source;
    this.merger.add({ ...line, set, service, replica });
  }
}

/** Puts lines in order that come from several containers at about the same time. */
class LineMerger {
  private waiting: LogLine[] = [];
  private fresh: LogLine[] = [];

  constructor(private readonly show: (line: LogLine) => void) {}

  add(line: LogLine): void {
    this.fresh.push(line);
  }

  /** Shows what has waited since the tick before, with what has come meanwhile and is older. */
  tick(): void {
    const last = this.waiting.reduce((latest, { at }) => (at > latest ? at : latest), "");
    const isDue = ({ at }: LogLine) => at <= last;
    byTime([...this.waiting, ...this.fresh.filter(isDue)]).forEach(this.show);
    this.waiting = this.fresh.filter((line) => !isDue(line));
    this.fresh = [];
  }

  flush(): void {
    byTime([...this.waiting, ...this.fresh]).forEach(this.show);
    this.waiting = this.fresh = [];
  }
}

/** The clock by which log lines have their time. */
async function engineTime(engine: Docker): Promise<string> {
  const { SystemTime } = (await engine.info()) as { SystemTime: string };
  return unixTime(SystemTime);
}
