/** One line of a container, with when the Engine got it. */
export interface TimedLine {
  /** RFC 3339 in UTC with nine digits of a second, so that texts compare as times do. */
  readonly at: string;
  readonly stream: "stdout" | "stderr";
  /** Without its end. */
  readonly text: string;
}

interface Unfinished {
  readonly at: string;
  readonly pieces: Buffer[];
}

const STREAMS: Readonly<Record<number, TimedLine["stream"]>> = { 1: "stdout", 2: "stderr" };
const HEAD_BYTES = 8;
const SPACE = 0x20;
const LINE_END = 0x0a;

/**
 * Reads a container's log that was asked for with timestamps. The Engine writes 8 bytes (stream, length), the time and a
 * piece of a line; it cuts long lines into pieces with a time each, and the connection cuts anywhere.
 *
 * @returns what takes the next chunk and gives the lines that are whole.
 */
export function timedLines(): (chunk: Buffer) => TimedLine[] {
  let rest: Buffer = Buffer.alloc(0);
  const unfinished = new Map<number, Unfinished>();
  return (chunk) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const lines: TimedLine[] = [];
    let start = 0;
    while (bytes.length - start >= HEAD_BYTES) {
      const begin = start + HEAD_BYTES;
      const end = begin + bytes.readUInt32BE(start + 4);
      if (bytes.length < end) break;
      const line = addPiece(unfinished, bytes[start]!, bytes.subarray(begin, end));
      if (line) lines.push(line);
      start = end;
    }
    rest = bytes.subarray(start);
    return lines;
  };
}

/** The line that a piece ends; null: it goes on. */
function addPiece(
  unfinished: Map<number, Unfinished>,
  stream: number,
  piece: Buffer,
): TimedLine | null {
  const space = piece.indexOf(SPACE);
  const text = piece.subarray(space + 1);
  const line = unfinished.get(stream) ?? {
    at: piece.subarray(0, space).toString("latin1"),
    pieces: [],
  };
  const isWhole = text.at(-1) === LINE_END;
  line.pieces.push(isWhole ? text.subarray(0, -1) : text);
  if (!isWhole) {
    unfinished.set(stream, line);
    return null;
  }
  unfinished.delete(stream);
  // In one go: a character may be cut between two pieces.
  const whole = Buffer.concat(line.pieces).toString("utf8");
  return { at: line.at, stream: STREAMS[stream] ?? "stdout", text: whole };
}
