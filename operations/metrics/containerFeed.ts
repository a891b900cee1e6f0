import type Docker from "dockerode";
import { readContainerLog } from "../../host/containerLog";
import type { TimedLine } from "../../host/timedLines";
import { newKeys } from "../../rules/logs/newKeys";
import { unixTime } from "../../rules/logs/unixTime";
import type { LogSource } from "../logs/logSources";
import type { EdgeFeed } from "./edgeFeed";
import type { LiveLines, ReadLine } from "./liveLines";
import { lineKey, type KeptLines } from "./logStore";

/** Lines among which one that the Engine tells again is recognized, as it does when it rotates a log. */
const KNOWN_LINES = 10_000;

/** What a container writes, from where the store has it: once each, also over its restarts. */
export class ContainerFeed {
  private reading: Promise<void> | null = null;
  private lastAt: string | null = null;
  private readonly isNew = newKeys(KNOWN_LINES);
  private failure: Error | null = null;

  /** @param shared follows the container's log already. @default - nobody does */
  constructor(
    private readonly engine: Docker,
    private readonly source: LogSource,
    private readonly kept: KeptLines,
    private readonly take: (line: TimedLine | ReadLine) => Promise<void>,
    private readonly end: AbortSignal,
    private readonly shared: Pick<EdgeFeed, "open" | "leave"> | null = null,
  ) {}

  /**
   * @param mayOpen whether there can be something new: it runs, or was not read yet.
   * @throws Error why its lines could not be read or kept.
   */
  keepOpen(mayOpen: boolean): void {
    if (this.failure) throw this.failure;
    if (!mayOpen || this.reading !== null) return;
    this.reading = this.read()
      .catch((error: Error) => (this.failure = error))
      .then(() => {
        this.reading = null;
      });
  }

  /** Whether nothing is read of it. */
  isIdle(): boolean {
    return this.reading === null;
  }

  /** Returns once nothing is read any more. */
  async ended(): Promise<void> {
    await this.reading;
  }

  private async read(): Promise<void> {
    if (this.shared === null) return this.takeAll(this.inLog(true));
    let live: LiveLines | null;
    do {
      // Before what is in the log by now is read, so that nothing is missed in between.
      live = this.shared.open(this.source.id);
      try {
        await this.takeAll(this.inLog(false));
        if (live) await this.takeLive(live);
      } finally {
        if (live) this.shared.leave(live);
      }
    } while (live !== null && !this.end.aborted);
  }

  /** What is in the log, from where it was read. */
  private inLog(follow: boolean): AsyncIterable<readonly TimedLine[]> {
    const since = this.lastAt === null ? this.kept.since : unixTime(this.lastAt);
    const part = { follow, gathered: follow, ...(since === null ? {} : { since }) };
    return readContainerLog(this.engine, this.source.id, part, this.end);
  }

  private async takeLive(live: LiveLines): Promise<void> {
    const stop = () => live.end();
    this.end.addEventListener("abort", stop, { once: true });
    if (this.end.aborted) stop();
    try {
      await this.takeAll(live.read());
    } finally {
      this.end.removeEventListener("abort", stop);
    }
  }

  private async takeAll(read: AsyncIterable<readonly TimedLine[]>): Promise<void> {
    for await (const lines of read) {
      for (const line of lines) {
        const key = lineKey(line);
        if (!this.isNew(key) || this.kept.keys.has(key)) continue;
        this.lastAt = line.at;
        await this.take(line);
      }
    }
  }
}
