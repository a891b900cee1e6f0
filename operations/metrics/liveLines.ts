import type { TimedLine } from "../../host/timedLines";
import type { LineFields } from "../../rules/logs/logLine";

/** A line, parsed once for all who read it. */
export interface ReadLine extends TimedLine {
  /** Null: it is no JSON. */
  readonly said: LineFields | null;
}

/** So many lines wait for one who reads them at most. */
export const MOST_WAITING = 5_000;

/**
 * Lines of a log on their way to one of those who share it. It ends with what is followed, and where whoever reads falls
 * behind: what is left is in the log, and is read there.
 */
export class LiveLines {
  private waiting: (readonly ReadLine[])[] = [];
  private count = 0;
  private isOver = false;
  private wake: () => void = () => undefined;

  push(lines: readonly ReadLine[]): void {
    if (this.isOver) return;
    this.waiting.push(lines);
    this.count += lines.length;
    if (this.count > MOST_WAITING) {
      this.waiting = [];
      this.isOver = true;
    }
    this.wake();
  }

  /** Nothing comes any more; what has come is still read. */
  end(): void {
    this.isOver = true;
    this.wake();
  }

  async *read(): AsyncGenerator<readonly ReadLine[]> {
    for (;;) {
      const lines = this.waiting.shift();
      if (lines) {
        this.count -= lines.length;
        yield lines;
      } else if (this.isOver) {
        return;
      } else {
        await new Promise<void>((resolve) => (this.wake = resolve));
      }
    }
  }
}
