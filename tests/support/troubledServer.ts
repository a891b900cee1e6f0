import { createServer, request, type ServerResponse, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** What the next requests get in place of the server's answer. */
export type Trouble = (response: ServerResponse) => void;

/** Stands before a real server and has the next requests fail as they are told. */
export class TroubledServer {
  /** Requests that have come. */
  requests = 0;
  private readonly next: Trouble[] = [];

  private constructor(private readonly server: Server) {}

  static async before(address: string): Promise<TroubledServer> {
    const server = createServer();
    const troubled = new TroubledServer(server);
    server.on("request", (incoming, response) => {
      troubled.requests += 1;
      const trouble = troubled.next.shift();
      if (trouble) return trouble(response);
      const { method, headers, url } = incoming;
      const outgoing = request(`http://${address}${url}`, { method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      });
      outgoing.on("error", () => response.destroy());
      incoming.pipe(outgoing);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return troubled;
  }

  get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The next `times` requests fail, and no other ones. */
  fail(times: number, trouble: Trouble): void {
    this.requests = 0;
    this.next.splice(0, Infinity, ...Array.from({ length: times }, () => trouble));
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}
