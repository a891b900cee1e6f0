const BLOCK = 512;

/** A file, or a directory when its name ends with "/". */
export interface TarEntry {
  readonly name: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly content?: Buffer;
}

/** A tar archive, which is how the Docker Engine takes files. Names have at most 255 bytes. */
export function tarOf(entries: readonly TarEntry[]): Buffer {
  return Buffer.concat([...entries.flatMap(blocksOf), Buffer.alloc(2 * BLOCK)]);
}

function blocksOf({ name, mode, uid, gid, content = Buffer.alloc(0) }: TarEntry): Buffer[] {
  const header = Buffer.alloc(BLOCK);
  const [directories, file] = splitName(name);
  header.write(file, 0, 100);
  header.write(octal(mode, 7), 100);
  header.write(octal(uid, 7), 108);
  header.write(octal(gid, 7), 116);
  header.write(octal(content.length, 11), 124);
  header.write(octal(Math.floor(Date.now() / 1000), 11), 136);
  header.write("        ", 148);
  header.write(name.endsWith("/") ? "5" : "0", 156);
  header.write("ustar\u000000", 257);
  header.write(directories, 345, 155);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${octal(sum, 6)}\u0000 `, 148);
  return [header, content, Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)];
}

/** ustar holds 100 bytes of name and 155 of directories before it. */
function splitName(name: string): [directories: string, file: string] {
  if (Buffer.byteLength(name) <= 100) return ["", name];
  const slash = name.lastIndexOf("/", Math.min(154, name.length - 2));
  return slash > 0 ? [name.slice(0, slash), name.slice(slash + 1)] : ["", name];
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, "0");
}
