import { Readable, type Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import type Docker from "dockerode";
import { WITH_VOLUMES } from "./engine";

/** How a container ended, and what it said on standard error. */
export interface PipedEnd {
  readonly exitCode: number;
  readonly stderr: string;
}

const HEAD_BYTES = 8;
const STDERR = 2;
/** More than that of standard error is not kept: a line for each table of a large schema fits. */
const STDERR_BYTES = 16 * 1024 * 1024;

/**
 * Runs a container to its end with `input` on its standard input; its standard output goes to `read` as it comes, however
 * much that is: the Engine waits for who reads slowly, and nothing is logged. The container goes with its end, also where
 * this process has died.
 *
 * @param signal ends it with all that it has started; whoever reads is given the signal's reason for an error.
 * @throws Error of whatever reads or writes, or the signal's reason; the container is gone then.
 */
export async function pipeContainer(
  engine: Docker,
  { HostConfig, ...options }: Docker.ContainerCreateOptions,
  input: Readable,
  read: (stdout: Readable) => Promise<void>,
  signal?: AbortSignal,
): Promise<PipedEnd> {
  const container = await engine.createContainer({
    ...options,
    ...{ OpenStdin: true, StdinOnce: true, Tty: false },
    HostConfig: { ...HostConfig, AutoRemove: true, LogConfig: { Type: "none", Config: {} } },
  });
  let stream: Duplex | null = null;
  try {
    const attach = { stream: true, hijack: true, stdin: true, stdout: true, stderr: true };
    stream = (await container.attach(attach)) as unknown as Duplex;
    const cut = whenCut(signal, stream);
    const ended = container.wait({ condition: "next-exit" }) as Promise<{ StatusCode: number }>;
    await container.start();
    const errors = new Tail();
    const stdout = Readable.from(standardOutput(stream, errors));
    let cause: unknown;
    const fed = pipeline(input, stream).catch((error: NodeJS.ErrnoException) => {
      // A program that ends early has said why; what comes from elsewhere is the cause itself.
      if (!["EPIPE", "ECONNRESET", "ERR_STREAM_PREMATURE_CLOSE"].includes(error.code ?? "")) {
        cause = error;
      }
    });
    try {
      await read(stdout);
    } catch (error) {
      signal?.throwIfAborted();
      throw cause ?? error;
    }
    await Promise.race([fed, cut]);
    if (cause) throw cause as Error;
    // A program can close its output, and stay.
    const { StatusCode: exitCode } = await Promise.race([ended, cut]);
    return { exitCode, stderr: errors.text() };
  } finally {
    // The Engine waits for whoever reads slowly, and cannot remove the container of one who has stopped.
    stream?.destroy();
    await container.remove(WITH_VOLUMES).catch((error: { statusCode?: number }) => {
      // It goes by itself, and may be about to.
      if (error.statusCode !== 404 && error.statusCode !== 409) throw error;
    });
  }
}

/** Never ends well: it fails with the signal's reason, and so does whoever reads or writes the stream. */
function whenCut(signal: AbortSignal | undefined, stream: Duplex): Promise<never> {
  const cut = new Promise<never>((_resolve, reject) => {
    signal?.addEventListener("abort", () => {
      const reason = signal.reason as Error;
      stream.destroy(reason);
      reject(reason);
    });
  });
  // Nobody may be waiting for either just then.
  cut.catch(() => undefined);
  stream.on("error", () => undefined);
  return cut;
}

class Tail {
  private readonly pieces: Buffer[] = [];
  private bytes = 0;

  add(piece: Buffer): void {
    if (this.bytes < STDERR_BYTES) this.pieces.push(piece);
    this.bytes += piece.length;
  }

  text(): string {
    return Buffer.concat(this.pieces).toString("utf8").trim();
  }
}

/** Takes both streams of a container apart: the Engine puts 8 bytes (stream, length) before each piece. */
async function* standardOutput(stream: Readable, errors: Tail): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of stream) {
    let bytes = rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer]);
    while (bytes.length >= HEAD_BYTES) {
      const end = HEAD_BYTES + bytes.readUInt32BE(4);
      if (bytes.length < end) break;
      const piece = bytes.subarray(HEAD_BYTES, end);
      if (bytes[0] === STDERR) errors.add(Buffer.from(piece));
      else yield piece;
      bytes = bytes.subarray(end);
    }
    rest = bytes;
  }
  if (rest.length > 0) throw new Error("the connection to the Docker Engine was cut");
}
