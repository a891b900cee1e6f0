import { once } from "node:events";
import { Duplex } from "node:stream";
import { InnerSocket } from "../../../host/innerSocket";

/** A command's stream as the Engine gives it, and what was written to it. */
class EngineStream extends Duplex {
  readonly written: string[] = [];
  hasEnded = false;

  tell(output: 1 | 2, text: string): Buffer {
    const head = Buffer.alloc(8);
    head[0] = output;
    head.writeUInt32BE(Buffer.byteLength(text), 4);
    return Buffer.concat([head, Buffer.from(text)]);
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.written.push(chunk.toString());
    done();
  }

  override _final(done: () => void): void {
    this.hasEnded = true;
    done();
  }
}

function open() {
  const stream = new EngineStream();
  return { stream, socket: new InnerSocket(stream) };
}

async function readAll(socket: InnerSocket): Promise<string> {
  let text = "";
  for await (const chunk of socket) text += String(chunk);
  return text;
}

describe("a connection that a command inside of a container holds", () => {
  it("gives what the command writes, however it is cut, and hands on what is written", async () => {
    const { stream, socket } = open();
    const bytes = Buffer.concat([
      stream.tell(1, "+PO"),
      stream.tell(2, "words"),
      stream.tell(1, "NG"),
    ]);
    for (const byte of bytes) stream.push(Buffer.of(byte));
    stream.push(null);
    socket.end("PING");
    expect(await readAll(socket)).toBe("+PONG");
    expect([stream.written, stream.hasEnded]).toEqual([["PING"], true]);
  });

  it("takes no more than somebody reads", async () => {
    const { stream, socket } = open();
    const piece = "x".repeat(16_384);
    stream.push(stream.tell(1, piece));
    stream.push(stream.tell(1, piece));
    await new Promise(setImmediate);
    expect(stream.isPaused()).toBe(true);
    stream.push(null);
    expect(await readAll(socket)).toHaveLength(2 * piece.length);
  });

  it("fails with the command's words where nothing has come", async () => {
    const { stream, socket } = open();
    stream.push(stream.tell(2, "cache: Connection refused\n"));
    stream.push(null);
    const [error] = (await once(socket, "error")) as [Error];
    expect(error.message).toBe("cache: Connection refused");
  });

  it("fails where the other side says nothing at all, or the Engine is lost", async () => {
    const silent = open();
    silent.stream.push(null);
    expect(await once(silent.socket, "error")).toEqual([
      new Error("the connection was closed without a word"),
    ]);
    const lost = open();
    lost.stream.destroy(new Error("the host is gone"));
    expect(await once(lost.socket, "error")).toEqual([new Error("the host is gone")]);
  });

  it("ends the command where it is left", async () => {
    const { stream, socket } = open();
    socket.destroy();
    await once(socket, "close");
    expect(stream.destroyed).toBe(true);
  });
});
