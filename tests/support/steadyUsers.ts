/** What users got. */
export interface UserTally {
  requests: number;
  /** Answers of 500 and more, and requests without an answer. */
  failed: number;
}

/** Users that ask at an even pace, whether they are answered or not, each from an address of its own. */
export class SteadyUsers {
  private timer: NodeJS.Timeout | null = null;
  private readonly open = new Set<Promise<void>>();
  private headers: Readonly<Record<string, string>> = {};
  private tally: UserTally = { requests: 0, failed: 0 };

  /**
   * @param url what they ask for.
   * @param perSecond requests in a second.
   * @param clientOf address of the user who makes a request; the edge must trust this machine to say so.
   */
  constructor(
    private readonly url: string,
    private readonly perSecond: number,
    private readonly clientOf: (request: number) => string = (request) =>
      `198.51.100.${request % 250}`,
  ) {}

  start(): void {
    const begin = performance.now();
    let asked = 0;
    this.timer = setInterval(() => {
      const due = Math.floor(((performance.now() - begin) / 1000) * this.perSecond);
      for (; asked < due; asked += 1) this.ask(asked);
    }, 10);
  }

  /** What they send beside their address from now on. */
  sendHeaders(headers: Readonly<Record<string, string>>): void {
    this.headers = headers;
  }

  /** What they got since the start or the last call. */
  take(): UserTally {
    const { tally } = this;
    this.tally = { requests: 0, failed: 0 };
    return tally;
  }

  async stop(): Promise<UserTally> {
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
    await Promise.all(this.open);
    return this.take();
  }

  private ask(number: number): void {
    const headers = { ...this.headers, "x-forwarded-for": this.clientOf(number) };
    const asked = fetch(this.url, { headers })
      .then(async (answer) => {
        await answer.arrayBuffer();
        return answer.status < 500;
      })
      .catch(() => false)
      .then((isWell) => {
        this.tally.requests += 1;
        if (!isWell) this.tally.failed += 1;
        this.open.delete(asked);
      });
    this.open.add(asked);
  }
}
