import { Duplex } from "node:stream";
import type { ClientChannel } from "ssh2";

/** A forwarded channel as a stream that can be destroyed at once and with a reason: a channel itself cannot. */
export class ChannelStream extends Duplex {
  private ended = false;

  constructor(private readonly channel: ClientChannel) {
    super();
    const end = () => {
      if (!this.ended) this.push(null);
      this.ended = true;
    };
    channel.on("data", (chunk: Buffer) => {
      if (!this.push(chunk)) channel.pause();
    });
    channel.on("end", end).on("close", () => {
      end();
      // Nobody takes what is written from now on.
      this.end();
    });
    channel.on("error", (error: Error) => this.destroy(error));
  }

  override _read(): void {
    this.channel.resume();
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: () => void): void {
    this.channel.write(chunk, encoding, done);
  }

  override _final(done: () => void): void {
    this.channel.end();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.channel.close();
    done(error);
  }
}
