import { PassThrough, type Readable } from "node:stream";
import type { LogQuery } from "../../host/containerLog";

type Done = (error: null, log: Readable) => void;

/**
 * What an Engine answers who asks for a container's log. A log that is followed is asked for twice: from now on, which
 * `give` answers, and what was before, which `past` does.
 */
export function logModem(
  give: (query: LogQuery) => Readable,
  asked: LogQuery[] = [],
  past: () => Readable = () => new PassThrough().end(),
) {
  let follows = false;
  return {
    dial({ options }: { options: LogQuery }, done: Done): void {
      asked.push(options);
      const isPast = follows && !options.follow;
      follows = options.follow;
      done(null, isPast ? past() : give(options));
    },
  };
}

/** A line as the Engine tells it, with what is before it in the stream. */
export function logFrame(line: string): Buffer {
  const body = Buffer.from(`${line}\n`);
  const head = Buffer.alloc(8);
  head[0] = 1;
  head.writeUInt32BE(body.length, 4);
  return Buffer.concat([head, body]);
}
