import * as http from "node:http";

const PAUSE_MILLISECONDS = 1;

/** When a set first answered for a service, in milliseconds since 1970. */
interface FirstAnswer {
  readonly service: string;
  readonly set: string;
  readonly at: number;
}

/** Clients that ask every service again and again on keep-alive connections, and note when another set answers. */
export class SwitchWatch {
  private readonly agent = new http.Agent({ keepAlive: true });
  private readonly changes: FirstAnswer[] = [];
  private readonly clients: Promise<void>[];
  private stopped = false;

  constructor(
    private readonly baseUrl: string,
    services: readonly string[],
  ) {
    this.clients = services.map((service) => this.watch(service));
  }

  /** Ends the clients. Answers when the first and when the last service was answered by another set than at first. */
  async stop(): Promise<{ first: number; last: number }> {
    this.stopped = true;
    await Promise.all(this.clients);
    this.agent.destroy();
    const moved = this.changes.map(({ at }) => at);
    if (moved.length !== this.clients.length) {
      throw new Error(`expected every service to change its set once, got ${moved.length} changes`);
    }
    return { first: Math.min(...moved), last: Math.max(...moved) };
  }

  private async watch(service: string): Promise<void> {
    let serving: string | null = null;
    while (!this.stopped) {
      const set = await this.ask(`/${service}/version`);
      if (serving !== null && set !== serving) {
        this.changes.push({ service, set, at: performance.timeOrigin + performance.now() });
      }
      serving = set;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MILLISECONDS));
    }
  }

  private ask(path: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const request = http.get(this.baseUrl + path, { agent: this.agent }, (response) => {
        response.resume();
        response.on("end", () => resolve(String(response.headers["x-maestro-set"])));
        response.on("error", reject);
      });
      request.on("error", reject);
    });
  }
}
