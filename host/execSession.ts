import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Duplex, Readable, Writable } from "node:stream";
import type Docker from "dockerode";

const HEADER_BYTES = 8;
const STDERR = 2;
/** The Engine refuses a size until the command has begun; afterwards it goes on without one. */
const MOST_SIZES = 60;
const SIZE_AGAIN_MILLISECONDS = 50;

/** What runs inside of a container. */
export interface InnerCommand {
  readonly command: readonly string[];
  /** `uid`, `uid:gid` or a name of the image; left out: the container's own. */
  readonly user?: string;
  /** Variables beside the container's, each `NAME=value`. */
  readonly environment?: readonly string[];
}

/** Size of a terminal, in characters. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** Where a command's streams end. */
export interface SessionStreams {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** The terminal that it gets; left out: it gets pipes, and its two outputs stay apart. */
  readonly terminal?: {
    readonly size: () => TerminalSize;
    /** Calls back at each change of the size. Returns what ends that. */
    readonly onResize: (tell: () => void) => () => void;
  };
}

/**
 * Runs a command inside of a running container, as long as it takes, with this process's streams as its own.
 *
 * @returns its exit code; 126 or 127 where it cannot be started, as shells say it.
 */
export async function runInside(
  engine: Docker,
  container: string,
  { command, user, environment }: InnerCommand,
  streams: SessionStreams,
): Promise<number> {
  const { terminal } = streams;
  const exec = await engine.getContainer(container).exec({
    Cmd: [...command],
    ...{ AttachStdin: true, AttachStdout: true, AttachStderr: true, Tty: terminal !== undefined },
    ...(user === undefined ? {} : { User: user }),
    ...(environment === undefined ? {} : { Env: [...environment] }),
  });
  const stream = await exec.start({ hijack: true, stdin: true, Tty: terminal !== undefined });
  const ended = new AbortController();
  const isReady = terminal ? keepSize(exec, terminal, ended.signal) : Promise.resolve();
  try {
    await join(stream, streams, isReady);
  } finally {
    ended.abort();
    stream.destroy();
  }
  const { ExitCode } = await exec.inspect();
  return ExitCode ?? 1;
}

/** Until it has its first size, which what is typed waits for: a program asks for it when it begins to draw. */
async function keepSize(
  exec: Docker.Exec,
  terminal: NonNullable<SessionStreams["terminal"]>,
  ended: AbortSignal,
): Promise<void> {
  const tell = () => {
    const { columns, rows } = terminal.size();
    return exec.resize({ w: columns, h: rows }).then(
      () => true,
      () => false,
    );
  };
  // Whoever resizes a window does not wait, and the Engine refuses it for a command that has ended.
  const stopResizing = terminal.onResize(() => void tell());
  ended.addEventListener("abort", stopResizing, { once: true });
  for (let tries = 0; tries < MOST_SIZES && !ended.aborted; tries += 1) {
    if (await tell()) return;
    await sleep(SIZE_AGAIN_MILLISECONDS);
  }
}

/** Until the command's outputs end; it may end before its input does, and before it is ready for any. */
async function join(
  stream: Duplex,
  { stdin, stdout, stderr, terminal }: SessionStreams,
  isReady: Promise<void>,
): Promise<void> {
  // Whoever reads may go before the end, as `head` does.
  let isLeft = false;
  const leave = () => {
    isLeft = true;
    stream.destroy();
  };
  stdout.once("error", leave);
  let isOver = false;
  void isReady.then(() => {
    if (!isOver) stdin.pipe(stream);
  });
  const pieces = new Pieces();
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      if (terminal) await write(stdout, chunk);
      else
        for (const { isError, content } of pieces.split(chunk))
          await write(isError ? stderr : stdout, content);
    }
  } catch (error) {
    if (!isLeft) throw error;
  } finally {
    isOver = true;
    stdout.off("error", leave);
    stdin.unpipe(stream);
  }
}

async function write(to: Writable, content: Buffer): Promise<void> {
  if (!to.write(content) && !to.destroyed) await once(to, "drain");
}

/** The Engine puts 8 bytes (number of the output, length) before each piece of what a command writes. */
export class Pieces {
  private rest: Buffer = Buffer.alloc(0);
  private left = 0;
  private isError = false;

  *split(chunk: Buffer): Generator<{ readonly isError: boolean; readonly content: Buffer }> {
    let bytes = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    while (bytes.length > 0) {
      if (this.left === 0) {
        if (bytes.length < HEADER_BYTES) break;
        this.isError = bytes[0] === STDERR;
        this.left = bytes.readUInt32BE(4);
        bytes = bytes.subarray(HEADER_BYTES);
      }
      const content = bytes.subarray(0, this.left);
      this.left -= content.length;
      bytes = bytes.subarray(content.length);
      if (content.length > 0) yield { isError: this.isError, content };
    }
    this.rest = bytes;
  }
}
