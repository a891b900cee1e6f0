import { randomBytes } from "node:crypto";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { ask } from "./ask";
import type { Host, HostFiles, WriteOptions } from "./host";

/** This machine's files. */
export const localFiles: HostFiles = {
  read: (file) => orNull(fs.readFile(file)),
  write,
  create,
  writeFrom,
  readFrom: async (file) => (await orNull(fs.open(file, "r")))?.createReadStream() ?? null,
  remove: (file) => fs.rm(file, { force: true }),
  list: async (directory) => {
    const names = (await orNull(fs.readdir(directory))) ?? [];
    const found = await Promise.all(
      names.map(async (name) => {
        // Null: another writer's temporary file, which has its real name by now.
        const stat = await orNull(fs.stat(path.join(directory, name)));
        return stat && { name, modifiedAt: stat.mtimeMs };
      }),
    );
    return found.filter((file) => file !== null);
  },
  exists: async (file) => (await orNull(fs.stat(file))) !== null,
  freeBytes: async (directory) => {
    const space = await orNull(fs.statfs(directory));
    return space && space.bavail * space.bsize;
  },
  sync: async (directory) => {
    const handle = await fs.open(directory, "r");
    await handle.sync().finally(() => handle.close());
  },
};

/** This machine, with the Docker Engine that the usual variables name (DOCKER_HOST ...). */
export const localHost: Host = {
  name: "this machine",
  files: localFiles,
  engine: async () => (await import("./engine")).connectEngine(),
  ask,
  close: () => undefined,
};

async function write(
  file: string,
  content: string | Buffer,
  options: WriteOptions = {},
): Promise<void> {
  await fs.rename(await writeTemporary(file, content, options), file);
}

async function writeFrom(file: string, content: Readable, options?: WriteOptions): Promise<void> {
  const temporary = await openTemporary(file, options);
  try {
    await pipeline(content, temporary.handle.createWriteStream({ flush: true }));
    await fs.rename(temporary.name, file);
  } catch (error) {
    await fs.rm(temporary.name, { force: true });
    throw error;
  }
}

async function create(file: string, content: string): Promise<boolean> {
  const temporary = await writeTemporary(file, content);
  try {
    await fs.link(temporary, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return (await fs.readFile(file, "utf8")) === content;
  } finally {
    await fs.rm(temporary);
  }
}

/** @returns a file beside the one meant, with its content on the disk. */
async function writeTemporary(
  file: string,
  content: string | Buffer,
  options?: WriteOptions,
): Promise<string> {
  const { name, handle } = await openTemporary(file, options);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return name;
}

async function openTemporary(
  file: string,
  { mode = 0o644, owner }: WriteOptions = {},
): Promise<{ name: string; handle: fs.FileHandle }> {
  await fs.mkdir(path.dirname(file), { recursive: true, mode: 0o755 });
  // Two writers of one file must not meet here either.
  const name = `${file}.${randomBytes(4).toString("hex")}.tmp`;
  const handle = await fs.open(name, "w", mode);
  try {
    if (owner !== undefined) await handle.chown(owner, owner);
  } catch (error) {
    await handle.close();
    throw error;
  }
  return { name, handle };
}

async function orNull<T>(result: Promise<T>): Promise<T | null> {
  try {
    return await result;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}
