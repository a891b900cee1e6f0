import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What a channel was sent. */
export interface Delivery {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** How the next deliveries are answered; after the last one all are taken. */
export type Answer = (response: ServerResponse) => void;

export const answers = {
  status:
    (status: number, headers: Record<string, string> = {}): Answer =>
    (response) =>
      void response.writeHead(status, headers).end(),
  hang: (() => undefined) as Answer,
  cut: ((response) => response.destroy()) as Answer,
};

/** Takes what channels are sent, as their services do, and has them fail as they are told. */
export class ChannelServer {
  readonly deliveries: Delivery[] = [];
  readonly next: Answer[] = [];

  private constructor(private readonly server: Server) {}

  /** @param address where it listens. */
  static async start(address = "127.0.0.1"): Promise<ChannelServer> {
    const server = createServer();
    const channel = new ChannelServer(server);
    server.on("request", (request, response) => void channel.take(request, response));
    await new Promise<void>((resolve) => server.listen(0, address, resolve));
    return channel;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/hook/s3cret`;
  }

  /** Returns once nobody is connected. */
  async idle(): Promise<void> {
    const connections = () =>
      new Promise<number>((resolve) => this.server.getConnections((_, count) => resolve(count)));
    while ((await connections()) > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    this.deliveries.push({ path: request.url ?? "", headers: request.headers, body });
    (this.next.shift() ?? answers.status(200))(response);
  }
}
