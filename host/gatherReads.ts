import type { Readable } from "node:stream";

/** Short beside the second in which a bad release goes back. */
const GATHER_MILLISECONDS = 100;
/** A connection has room for about three times as much. */
const GATHERED_BYTES = 64 * 1024;

/** A connection whose reads can be held back; Node's streams can only hold back what they have read. */
interface HeldConnection {
  readonly _handle?: { readStop(): void; readStart(): void } | null;
}

/**
 * Lets lines pile up in a log's connection for a moment: the Engine sends each by itself, and to wake up for it costs three
 * times what it costs to read it. Without a handle, as over SSH, each is read as it comes; so is what comes in such
 * amounts that the connection has no room for a moment of it.
 *
 * @returns what is to be told of each chunk that was read.
 */
export function gatherReads(stream: Readable): (chunk: Buffer) => void {
  const { socket } = stream as { readonly socket?: HeldConnection };
  let bytes = 0;
  const hold = () => {
    const isMuch = bytes > GATHERED_BYTES;
    bytes = 0;
    if (isMuch || !socket?._handle) return;
    socket._handle.readStop();
    setTimeout(() => socket._handle?.readStart(), GATHER_MILLISECONDS);
  };
  return (chunk) => {
    // All that is there is read before it is held back.
    if (bytes === 0) setImmediate(hold);
    bytes += chunk.length;
  };
}
