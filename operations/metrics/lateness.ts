/** How late lines are kept that were written at times that the Engine tells. */
export class Lateness {
  /** When all was kept that was taken by then, in milliseconds. */
  private keptAt: number;
  /** Time of the oldest line that is not kept yet; null: there is none. */
  private oldest: string | null = null;
  private lastLag = 0;

  /** @param now milliseconds since 1970. @default - this machine's clock */
  constructor(private readonly now: () => number = Date.now) {
    this.keptAt = now();
  }

  /** A line is taken. */
  take(at: string): void {
    if (this.oldest === null || at < this.oldest) this.oldest = at;
  }

  /** What was taken by now is about to be kept. @returns what {@link kept} is told then. */
  begin(): string | null {
    const { oldest } = this;
    this.oldest = null;
    return oldest;
  }

  /** It is kept. @param oldest of what is, see {@link begin}. */
  kept(oldest: string | null): void {
    this.keptAt = this.now();
    this.lastLag = oldest === null ? 0 : Math.max(0, this.keptAt - Date.parse(oldest));
  }

  /** How long ago the oldest line was written that was kept last; longer where nothing was kept since. */
  seconds(): number {
    return (this.lastLag + this.now() - this.keptAt) / 1000;
  }
}
