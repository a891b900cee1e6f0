/** Users who take turns at some addresses, and know which set has answered them, and with which class of status. */
export class CountedUsers {
  /** `<service> <set> <class>` -> answers. */
  readonly counted = new Map<string, number>();
  private readonly open = new Set<Promise<void>>();
  private timer: NodeJS.Timeout | null = null;

  /**
   * @param url of the edge.
   * @param paths service -> what is asked of it.
   */
  constructor(
    private readonly url: string,
    private readonly paths: readonly (readonly [service: string, path: string])[],
    private readonly perSecond: number,
  ) {}

  start(): void {
    let asked = 0;
    const next = () => this.ask(...this.paths[asked++ % this.paths.length]!);
    this.timer = setInterval(next, 1000 / this.perSecond);
  }

  async stop(): Promise<void> {
    if (this.timer) clearInterval(this.timer);
    await Promise.all(this.open);
  }

  private ask(service: string, path: string): void {
    const asked = fetch(this.url + path)
      .then(async (answer) => {
        await answer.arrayBuffer();
        return `${answer.headers.get("x-maestro-set")} ${String(answer.status)[0]}xx`;
      })
      .catch(() => "no answer")
      .then((what) => {
        const key = `${service} ${what}`;
        this.counted.set(key, (this.counted.get(key) ?? 0) + 1);
        this.open.delete(asked);
      });
    this.open.add(asked);
  }
}
