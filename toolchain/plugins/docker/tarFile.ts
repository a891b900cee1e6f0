const BLOCK = 512;

/** A tar archive with one file, which is how the engine takes uploads. */
export function tarFile(name: string, content: Buffer, mode: number): Buffer {
  const header = Buffer.alloc(BLOCK);
  // ustar holds 100 bytes of name and 155 of directories before it.
  const slash = Buffer.byteLength(name) <= 100 ? 0 : name.lastIndexOf("/", 154);
  header.write(slash > 0 ? name.slice(slash + 1) : name, 0, 100);
  header.write(octal(mode, 7), 100);
  header.write(octal(0, 7), 108);
  header.write(octal(0, 7), 116);
  header.write(octal(content.length, 11), 124);
  header.write(octal(Math.floor(Date.now() / 1000), 11), 136);
  header.write("        ", 148);
  header.write("0", 156);
  header.write("ustar\u000000", 257);
  header.write(slash > 0 ? name.slice(0, slash) : "", 345, 155);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${octal(sum, 6)}\u0000 `, 148);
  const padding = Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK);
  return Buffer.concat([header, content, padding, Buffer.alloc(2 * BLOCK)]);
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, "0");
}
