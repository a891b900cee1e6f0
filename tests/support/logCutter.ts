import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

const ENGINE_SOCKET = "/var/run/docker.sock";

/** Stands before the Docker Engine, and cuts what follows a log. */
export class LogCutter {
  private readonly following = new Set<Socket>();
  private watched = { text: "", left: 0, tell: () => undefined as void };

  private constructor(private readonly server: Server) {}

  static async start(): Promise<LogCutter> {
    const server = createServer();
    const cutter = new LogCutter(server);
    server.on("connection", (client) => cutter.pass(client));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return cutter;
  }

  /** For DOCKER_HOST. */
  get address(): string {
    return `tcp://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Until those who follow a log have been told `text` so many times. */
  async hasTold(text: string, times: number): Promise<void> {
    await new Promise<void>((resolve) => {
      this.watched = { text, left: times, tell: resolve };
    });
  }

  /** @returns how many logs were followed. */
  cut(): number {
    const count = this.following.size;
    for (const client of this.following) client.destroy();
    return count;
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private pass(client: Socket): void {
    const engine = connect(ENGINE_SOCKET);
    client.on("data", (chunk) => {
      if (/^GET \S+\/logs\?\S*follow=/.test(chunk.toString("latin1"))) this.following.add(client);
    });
    engine.on("data", (chunk) => {
      if (this.following.has(client)) this.note(chunk.toString("latin1"));
    });
    client.pipe(engine);
    engine.pipe(client);
    for (const [one, other] of [
      [client, engine],
      [engine, client],
    ] as const) {
      one.on("error", () => other.destroy());
      one.on("close", () => {
        this.following.delete(client);
        other.destroy();
      });
    }
  }

  private note(chunk: string): void {
    const { text, left, tell } = this.watched;
    if (text === "") return;
    this.watched.left = left - (chunk.split(text).length - 1);
    if (this.watched.left <= 0) tell();
  }
}
