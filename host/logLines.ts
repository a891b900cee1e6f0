/**
 * Puts the lines of a container's log together: the Engine writes 8 bytes (stream, length) before each piece, and may cut
 * pieces anywhere.
 *
 * @returns what takes the next chunk and gives the lines that are whole.
 */
export function logLines(): (chunk: Buffer) => string[] {
  let rest: Buffer = Buffer.alloc(0);
  let text = "";
  return (chunk) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const pieces: Buffer[] = [];
    let start = 0;
    while (bytes.length - start >= 8) {
      const end = start + 8 + bytes.readUInt32BE(start + 4);
      if (bytes.length < end) break;
      pieces.push(bytes.subarray(start + 8, end));
      start = end;
    }
    rest = bytes.subarray(start);
    text += (pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)).toString("utf8");
    const lines = text.split("\n");
    text = lines.pop() ?? "";
    return lines;
  };
}
