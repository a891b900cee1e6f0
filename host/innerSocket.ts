import { Duplex } from "node:stream";
import { Pieces } from "./execSession";

/** No more than that of what a command says about its end. */
const MOST_WORDS = 2_000;

/**
 * A connection that a command inside of a container holds, by its standard input and output. Clients take it for a socket:
 * what sockets have beside a stream is there, without effect.
 */
export class InnerSocket extends Duplex {
  private readonly pieces = new Pieces();
  private words = "";
  private hasReceived = false;

  /** @param stream of a command without a terminal, as the Engine gives it. */
  constructor(private readonly stream: Duplex) {
    super();
    stream.on("data", (chunk: Buffer) => this.receive(chunk));
    stream.on("end", () => this.finish());
    stream.on("close", () => this.finish());
    stream.on("error", (error) => this.destroy(error));
    // Whoever waits for an answer is told; afterwards nobody is.
    this.on("error", () => undefined);
  }

  override _read(): void {
    this.stream.resume();
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.stream.write(chunk, done);
  }

  override _final(done: () => void): void {
    this.stream.end();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.stream.destroy();
    done(error);
  }

  /** It stands already. */
  connect(): this {
    process.nextTick(() => this.emit("connect"));
    return this;
  }

  setNoDelay = (): this => this;
  setKeepAlive = (): this => this;
  setTimeout = (): this => this;
  ref = (): this => this;
  unref = (): this => this;

  private receive(chunk: Buffer): void {
    for (const { isError, content } of this.pieces.split(chunk)) {
      if (isError) this.words = (this.words + content.toString("utf8")).slice(0, MOST_WORDS);
      else {
        this.hasReceived = true;
        if (!this.push(content)) this.stream.pause();
      }
    }
  }

  /** The command says why there is no connection; without its words the other side has closed it. */
  private finish(): void {
    if (this.destroyed || this.readableEnded) return;
    if (this.hasReceived) this.push(null);
    else this.destroy(new Error(this.words.trim() || "the connection was closed without a word"));
  }
}
