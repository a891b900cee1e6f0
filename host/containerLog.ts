import type { Readable } from "node:stream";
import type Docker from "dockerode";
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

/** A container's log as it comes, however long it is: the Engine waits for who reads slowly. */
export async function* readContainerLog(
  engine: Docker,
  id: string,
  part: LogPart,
  signal?: AbortSignal,
): AsyncGenerator<readonly TimedLine[]> {
  const stream = await openLog(engine, id, part);
  const stop = () => stream.destroy();
  signal?.addEventListener("abort", stop, { once: true });
  if (signal?.aborted) stop();
  const read = timedLines();
  const gathered = part.gathered ? gatherReads(stream) : () => undefined;
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
function openLog(engine: Docker, id: string, { since, tail, follow }: LogPart): Promise<Readable> {
  return new Promise((resolve, reject) => {
    engine.modem.dial(
      {
        path: `/containers/${id}/logs?`,
        method: "GET",
        isStream: true,
        statusCodes: { 200: true, 404: "no such container", 500: "server error" },
        options: {
          ...{ stdout: true, stderr: true, timestamps: true, follow },
          ...(since === undefined ? {} : { since }),
          ...(tail === undefined ? {} : { tail }),
        },
      },
      (error, data) => {
        if (error) reject(error);
        else resolve(data as Readable);
      },
    );
  });
}
