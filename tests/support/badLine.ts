import { createServer, connect, type AddressInfo, type Server, type Socket } from "node:net";

/** What happens on the line once so many bytes have come back on a connection. */
export interface Trouble {
  readonly kind: "cut" | "silence";
  readonly afterBytes: number;
}

/** A line to a server on loopback that can be cut or fall silent. */
export class BadLine {
  trouble: Trouble | null = null;
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {}

  static async to(port: number): Promise<BadLine> {
    const server = createServer();
    const line = new BadLine(server);
    server.on("connection", (client) => line.carry(client, connect(port, "127.0.0.1")));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return line;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private carry(client: Socket, server: Socket): void {
    let bytes = 0;
    let silent = false;
    for (const socket of [client, server]) {
      this.sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        this.sockets.delete(socket);
        // Who has fallen silent does not even hang up.
        if (!silent) client.destroy();
        server.destroy();
      });
    }
    client.on("data", (chunk) => server.write(chunk));
    server.on("data", (chunk) => {
      if (silent) return;
      bytes += chunk.length;
      const { trouble } = this;
      if (trouble === null || bytes <= trouble.afterBytes) client.write(chunk);
      else if (trouble.kind === "cut") client.resetAndDestroy();
      else silent = true;
    });
  }
}
