import { createHash, randomBytes } from "node:crypto";
import * as http from "node:http";
import type { Socket } from "node:net";

/** What became of the connections that are meant to stay. */
export interface StreamTally {
  readonly opened: number;
  /** Ended by the service, as it is told to when its container stops. */
  readonly ended: number;
  /** Cut without an end, or refused. */
  readonly cut: readonly string[];
  /** Events or echoes that arrived. */
  readonly messages: number;
}

/** Clients of one kind, each of which begins again when its connection has ended. */
abstract class StreamClients {
  protected stopped = false;
  private opened = 0;
  private ended = 0;
  private readonly cut: string[] = [];
  protected messages = 0;
  private readonly clients: Promise<void>[];

  constructor(
    protected readonly baseUrl: string,
    count: number,
  ) {
    this.clients = Array.from({ length: count }, () => this.repeat());
  }

  async stop(): Promise<StreamTally> {
    this.stopped = true;
    this.close();
    await Promise.all(this.clients);
    const { opened, ended, cut, messages } = this;
    return { opened, ended, cut, messages };
  }

  /** Runs one connection to its end; throws when it was cut. */
  protected abstract run(): Promise<void>;
  protected abstract close(): void;

  private async repeat(): Promise<void> {
    // Not before the constructors are done: they set what `run` uses.
    await Promise.resolve();
    while (!this.stopped) {
      this.opened += 1;
      try {
        await this.run();
        if (!this.stopped) this.ended += 1;
      } catch (error) {
        if (!this.stopped) this.cut.push((error as Error).message);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }
}

/** Server-sent events: `count` of them in one answer, one a second; 0: for as long as the service lives. */
export class EventStreams extends StreamClients {
  private readonly requests = new Set<http.ClientRequest>();

  constructor(
    baseUrl: string,
    clients: number,
    private readonly count: number,
  ) {
    super(baseUrl, clients);
  }

  protected run(): Promise<void> {
    const url = `${this.baseUrl}/maestro-gateway/events?count=${this.count}`;
    return new Promise<void>((resolve, reject) => {
      let events = 0;
      const request = http.get(url, { agent: false }, (response) => {
        let last = "";
        response.setEncoding("utf8").on("data", (text: string) => {
          // On a busy machine one piece of the answer may hold several events.
          const ends = (last + text).split("\n\n");
          last = ends.pop() ?? "";
          events += ends.length;
          this.messages += ends.length;
        });
        response.on("error", reject);
        response.on("end", () => {
          if (response.statusCode !== 200) reject(new Error(`status ${response.statusCode}`));
          else if (events < this.count) reject(new Error(`ended after ${events} of ${this.count}`));
          else resolve();
        });
      });
      request.on("error", reject);
      request.on("close", () => this.requests.delete(request));
      this.requests.add(request);
    });
  }

  protected close(): void {
    for (const request of this.requests) request.destroy();
  }
}

const PING_MILLISECONDS = 500;
const CLOSE_OPCODE = 8;

/** Websockets that send a text twice a second and count the echoes. */
export class WebSockets extends StreamClients {
  private readonly sockets = new Set<Socket>();

  protected run(): Promise<void> {
    const key = randomBytes(16).toString("base64");
    return new Promise<void>((resolve, reject) => {
      const request = http.get(`${this.baseUrl}/maestro-gateway/ws`, {
        agent: false,
        headers: {
          connection: "Upgrade",
          upgrade: "websocket",
          "sec-websocket-version": "13",
          "sec-websocket-key": key,
        },
      });
      request.on("error", reject);
      request.on("response", ({ statusCode }) => reject(new Error(`status ${statusCode}`)));
      request.on("upgrade", (response, socket) => {
        if (response.headers["sec-websocket-accept"] !== acceptOf(key)) {
          reject(new Error("the upgrade is not an answer to this request"));
        }
        this.converse(socket, resolve, reject);
      });
    });
  }

  private converse(socket: Socket, resolve: () => void, reject: (error: Error) => void): void {
    this.sockets.add(socket);
    let closing = false;
    const timer = setInterval(() => socket.write(maskedText("ping")), PING_MILLISECONDS);
    socket.on("data", (frame: Buffer) => {
      if ((frame[0]! & 0x0f) === CLOSE_OPCODE) closing = true;
      else this.messages += 1;
    });
    socket.on("error", reject);
    socket.on("close", () => {
      clearInterval(timer);
      this.sockets.delete(socket);
      if (closing) resolve();
      else reject(new Error("closed without a close frame"));
    });
    socket.on("end", () => socket.end());
  }

  protected close(): void {
    for (const socket of this.sockets) socket.destroy();
  }
}

/** Source: RFC 6455, 4.2.2. */
function acceptOf(key: string): string {
  return createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
}

/** A text frame as a client must send it: masked. Source: RFC 6455, 5.2. */
function maskedText(text: string): Buffer {
  const payload = Buffer.from(text);
  const mask = randomBytes(4);
  const masked = payload.map((byte, index) => byte ^ mask[index % 4]!);
  return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length]), mask, masked]);
}
