import type { Host } from "../../host/host";
import { logLines } from "../../host/logLines";
import { timedLines } from "../../host/timedLines";
import { parseFields, type LineFields } from "../../rules/logs/logLine";
import { followEdgeLog, type EdgeLog } from "../../targets/dockerHost/followEdge";
import { sleep } from "../../targets/timing";
import { LiveLines } from "./liveLines";

/** How often a log is asked whether it has ended, and tried again then, in milliseconds. */
const LOOK_MILLISECONDS = 500;
/** How much of what was written while nobody read is read afterwards, in milliseconds. */
const MOST_PAST_MILLISECONDS = 600_000;
/** How late what was written is read at most, in milliseconds. */
const LATE_MILLISECONDS = 1_000;

/** The edge's log, followed and parsed once for all who want its lines: what is counted, and what is kept. */
export class EdgeFeed {
  private readonly readers = new Set<LiveLines>();
  private log: EdgeLog | null = null;

  /**
   * @param take gets what all lines say, some of them twice where the Engine tells them again, and the time by the Engine's clock.
   * @param isKept whether anybody asks for lines by {@link open}: when the Engine got them costs a third more.
   */
  constructor(
    private readonly host: Host,
    private readonly prefix: string,
    private readonly take: (said: readonly (LineFields | null)[], now: number) => void,
    private readonly warn: (text: string) => void,
    private readonly isKept: boolean,
  ) {}

  /**
   * Lines of a container from now on, for one who reads them in its own time.
   *
   * @returns null: it is not what is followed by now, or none are kept.
   */
  open(container: string): LiveLines | null {
    if (!this.isKept || this.log === null || this.log.container !== container) return null;
    const lines = new LiveLines();
    this.readers.add(lines);
    return lines;
  }

  /** Nobody reads these any more. */
  leave(lines: LiveLines): void {
    this.readers.delete(lines);
    lines.end();
  }

  /** Follows the log from now on, also over restarts of the edge and of the Engine, until it is told to end. */
  async run(end: AbortSignal): Promise<void> {
    let readUntil = performance.now();
    let said: string | null = null;
    while (!end.aborted) {
      const log = await this.follow(
        Math.max(readUntil, performance.now() - MOST_PAST_MILLISECONDS),
      );
      while (!end.aborted && log.missing() === null) {
        readUntil = performance.now() - LATE_MILLISECONDS;
        await sleep(LOOK_MILLISECONDS);
      }
      const missing = log.missing();
      this.close(log);
      if (missing !== null && missing !== said) this.warn(missing);
      said = missing;
      if (!end.aborted) await sleep(LOOK_MILLISECONDS);
    }
  }

  private async follow(from: number): Promise<EdgeLog> {
    const now = () => log.now();
    const log: EdgeLog = await followEdgeLog(this.host, this.prefix, {
      ...{ from, whole: this.isKept },
      // Whoever keeps lines reads those of before by itself.
      read: (part) => (this.isKept ? this.readKept(now, part === "live") : this.readCounted(now)),
    });
    this.log = log;
    return log;
  }

  private readCounted(now: () => number): (chunk: Buffer) => void {
    const read = logLines();
    return (chunk) => this.take(read(chunk).map(parseFields), now());
  }

  private readKept(now: () => number, isShared: boolean): (chunk: Buffer) => void {
    const read = timedLines();
    return (chunk) => {
      const lines = read(chunk).map((line) => ({ ...line, said: parseFields(line.text) }));
      this.take(
        lines.map(({ said }) => said),
        now(),
      );
      if (isShared) for (const reader of this.readers) reader.push(lines);
    };
  }

  private close(log: EdgeLog): void {
    log.close();
    this.log = null;
    for (const reader of this.readers) this.leave(reader);
  }
}
