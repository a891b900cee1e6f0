import type { Readable } from "node:stream";
import type Docker from "dockerode";
import { ToldLines } from "../rules/logs/toldLines";
import { gatherReads } from "./gatherReads";
import { timedLines, type TimedLine } from "./timedLines";

/** Which part of a container's log is wanted. */
export interface LogPart {
  /** Unix time with fractions, as the Engine takes it; left out: from the begin. */
  readonly since?: string;
  /** Last lines before that; left out: all. */
  readonly tail?: number;
  /** Whether what is written from now on is wanted too, until the container ends. */
  readonly follow: boolean;
  /** Whether lines may come a tenth of a second late, several at once, which costs far less. @default false */
  readonly gathered?: boolean;
}

/** What the Engine is asked for. */
export interface LogQuery extends Omit<LogPart, "gathered"> {
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly timestamps: boolean;
}

const ALL = { stdout: true, stderr: true, timestamps: true };

/**
 * A container's log as it comes, however long it is: the Engine waits for who reads slowly. Of one that is followed no line
 * is told twice.
 */
export async function* readContainerLog(
  engine: Docker,
  id: string,
  { follow, gathered = false, ...past }: LogPart,
  signal?: AbortSignal,
): AsyncGenerator<readonly TimedLine[]> {
  const open = (query: LogPart) => openLog(engine, id, { ...ALL, ...query });
  if (follow) yield* followLog(open, past, gathered, signal);
  else yield* readLines(await open({ ...past, follow }), signal);
}

/**
 * What was written, then what is written from now on. The Engine must not be asked for both at once: Docker Engine 20.10
 * that rotates the log while it still tells of the past follows the old file for ever, and says nothing.
 */
async function* followLog(
  open: (query: LogPart) => Promise<Readable>,
  past: Omit<LogPart, "follow">,
  gathered: boolean,
  signal: AbortSignal | undefined,
): AsyncGenerator<readonly TimedLine[]> {
  // First, so that nothing is missed in between; the Engine waits until it is read.
  const live = await open({ follow: true, tail: 0 });
  const told = new ToldLines();
  try {
    const before = await open({ ...past, follow: false });
    for await (const lines of readLines(before, signal)) yield told.fresh(lines);
    told.beginAgain();
    for await (const lines of readLines(live, signal, gathered)) yield told.fresh(lines);
  } finally {
    live.destroy();
  }
}

async function* readLines(
  stream: Readable,
  signal: AbortSignal | undefined,
  isGathered = false,
): AsyncGenerator<readonly TimedLine[]> {
  const stop = () => stream.destroy();
  signal?.addEventListener("abort", stop, { once: true });
  if (signal?.aborted) stop();
  const read = timedLines();
  const gathered = isGathered ? gatherReads(stream) : () => undefined;
  try {
    for await (const chunk of stream) {
      gathered(chunk as Buffer);
      yield read(chunk as Buffer);
    }
  } catch (error) {
    if (!signal?.aborted) throw error;
  } finally {
    signal?.removeEventListener("abort", stop);
    stream.destroy();
  }
}

/** `logs` of dockerode reads all of a log that is not followed into memory. */
export function openLog(engine: Docker, id: string, query: LogQuery): Promise<Readable> {
  return new Promise((resolve, reject) => {
    engine.modem.dial(
      {
        path: `/containers/${id}/logs?`,
        method: "GET",
        isStream: true,
        statusCodes: { 200: true, 404: "no such container", 500: "server error" },
        options: query,
      },
      (error, data) => {
        if (error) reject(error);
        else resolve(data as Readable);
      },
    );
  });
}
