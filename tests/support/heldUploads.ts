import * as net from "node:net";

/** How a client sends a body that it does not finish. */
export interface HeldUpload {
  readonly path: string;
  readonly headers: readonly string[];
  /** What is sent of the body. */
  readonly body: string | Buffer;
}

/**
 * Connections whose requests never become whole, as of slow clients and of those that only want to hold something.
 * `answers`: first line of what came back on each so far; empty: nothing.
 */
export class HeldConnections {
  private readonly sockets: net.Socket[] = [];
  readonly answers: string[] = [];

  constructor(private readonly url: string) {}

  /** Sends the beginning of a request on a connection of its own; resolves when it is out. */
  upload({ path, headers, body }: HeldUpload): Promise<void> {
    const head = [`POST ${path} HTTP/1.1`, "Host: localhost", ...headers, "", ""].join("\r\n");
    return this.send(Buffer.concat([Buffer.from(head), Buffer.from(body)]));
  }

  /** Sends anything on a connection of its own. */
  send(data: string | Buffer): Promise<void> {
    const { hostname, port } = new URL(this.url);
    const at = this.answers.push("") - 1;
    return new Promise((resolve) => {
      const socket = net.connect({ host: hostname, port: Number(port) }, () => {
        socket.write(data, () => resolve());
      });
      this.sockets.push(socket);
      socket.on("data", (chunk: Buffer) => {
        this.answers[at] ||= chunk.toString("latin1").split("\r\n")[0] ?? "";
      });
      socket.on("close", () => {
        this.answers[at] ||= "closed";
        resolve();
      });
      socket.on("error", () => undefined);
    });
  }

  /** Lets all of them go. */
  release(): void {
    for (const socket of this.sockets) socket.destroy();
  }
}
