/** A line by which it is known again. */
interface KnownLine {
  readonly at: string;
  readonly stream: string;
  readonly text: string;
}

/** So many lines are known by themselves, at least. */
const KNOWN_LINES = 5_000;
/** Two lines of one stream and one nanosecond that begin alike and are as long are one. */
const KNOWN_CHARACTERS = 40;

/**
 * Lines of a log that were told. The Engine tells some again when it rotates the log, and where one reading ends somewhere behind
 * the begin of the next. Lines of both streams may be out of order by a moment, so the last ones are compared one by one.
 */
export class ToldLines {
  private older = new Map<string, string>();
  private newer = new Map<string, string>();
  /** All lines until then were told, as far as a clock that was set back does not matter. */
  private until = "";
  /** What the next reading begins with is skipped until then. */
  private skipUntil = "";

  /** @param most lines that are known by themselves, at least. */
  constructor(private readonly most = KNOWN_LINES) {}

  /** Another reading begins, with lines of before: also those are known of which too many were told to know each. */
  beginAgain(): void {
    this.skipUntil = this.until;
  }

  /** Those lines that were not told before; they are from now on. */
  fresh<Line extends KnownLine>(lines: readonly Line[]): readonly Line[] {
    return lines.filter((line) => {
      const key = keyOf(line);
      if (line.at <= this.skipUntil || this.newer.has(key) || this.older.has(key)) return false;
      // Behind the first new line no time is too early: somebody may set the host's clock back.
      this.skipUntil = "";
      this.newer.set(key, line.at);
      if (this.newer.size >= this.most) this.forget();
      return true;
    });
  }

  private forget(): void {
    for (const at of this.older.values()) if (at > this.until) this.until = at;
    this.older = this.newer;
    this.newer = new Map();
  }
}

function keyOf({ at, stream, text }: KnownLine): string {
  return `${at} ${stream} ${text.length} ${text.slice(0, KNOWN_CHARACTERS)}`;
}
