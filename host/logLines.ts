/**
 * Puts the lines of a container's log together: the Engine writes 8 bytes (stream, length) before each piece, and may cut
 * pieces anywhere.
 *
 * @returns what takes the next chunk and gives the lines that are whole.
 */
export function logLines(): (chunk: Buffer) => string[] {
  let rest = Buffer.alloc(0);
  let text = "";
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    let start = 0;
    while (rest.length - start >= 8) {
      const end = start + 8 + rest.readUInt32BE(start + 4);
      if (rest.length < end) break;
      text += rest.subarray(start + 8, end).toString("utf8");
      start = end;
    }
    rest = rest.subarray(start);
    const lines = text.split("\n");
    text = lines.pop() ?? "";
    return lines;
  };
}
