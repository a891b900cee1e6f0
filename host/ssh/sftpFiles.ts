import { randomBytes } from "node:crypto";
import * as path from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { InputAttributes, SFTPWrapper } from "ssh2";
import { type HostFiles, type WriteOptions } from "../host";
import { HostError } from "../../rules/host/asking";
import type { SshSession } from "./sshSession";

/** Answers of an SFTP server that are told apart. */
const NO_SUCH_FILE = 2;
const PERMISSION_DENIED = 3;

type Callback<T> = (error: (Error & { code?: number }) | null | undefined, result?: T) => void;

/** Files of a host over SFTP. A file is replaced by OpenSSH's `posix-rename`: plain SFTP refuses a name that is taken. */
export class SftpFiles implements HostFiles {
  /** @param name what messages call the host. */
  constructor(
    private readonly session: SshSession,
    private readonly name: string,
  ) {}

  read(file: string): Promise<Buffer | null> {
    return this.run("reading", file, (sftp) => orNull(call((done) => sftp.readFile(file, done))));
  }

  write(file: string, content: string | Buffer, options: WriteOptions = {}): Promise<void> {
    const place = (sftp: SFTPWrapper, temporary: string) =>
      call<void>((done) => sftp.ext_openssh_rename(temporary, file, done));
    return this.writeBeside(file, content, options, place);
  }

  async create(file: string, content: string): Promise<boolean> {
    let isMade = true;
    await this.writeBeside(file, content, {}, async (sftp, temporary) => {
      try {
        await call((done) => sftp.ext_openssh_hardlink(temporary, file, done));
      } catch (error) {
        // SFTP has no word for a name that is taken. One made by a repetition of this is its own.
        const there = await orNull(call<Buffer>((done) => sftp.readFile(file, done)));
        if (there === null) throw error;
        isMade = there.toString("utf8") === content;
      }
      await call((done) => sftp.unlink(temporary, done));
    });
    return isMade;
  }

  async writeFrom(file: string, content: Readable, { mode = 0o644 }: WriteOptions = {}) {
    const temporary = `${file}.${randomBytes(4).toString("hex")}.tmp`;
    // Opened first, by what may be repeated: the content flows once.
    await this.run("writing", file, async (sftp) => {
      const handle = await openForWriting(sftp, temporary, mode);
      await call((done) => sftp.close(handle, done));
    });
    const sftp = await (await this.session.connection()).sftp();
    try {
      await pipeline(content, sftp.createWriteStream(temporary, { mode }));
    } catch (error) {
      await this.remove(temporary).catch(() => undefined);
      throw new HostError(`${this.name}: writing ${file}: ${(error as Error).message}`);
    }
    await this.run("writing", file, async (again) => {
      const handle = await call<Buffer>((done) => again.open(temporary, "r+", done));
      await flush(again, handle).finally(() => call((done) => again.close(handle, done)));
      await call<void>((done) => again.ext_openssh_rename(temporary, file, done));
    });
  }

  async readFrom(file: string): Promise<Readable | null> {
    if (!(await this.exists(file))) return null;
    return (await (await this.session.connection()).sftp()).createReadStream(file);
  }

  async remove(file: string): Promise<void> {
    await this.run("removing", file, (sftp) => orNull(call((done) => sftp.unlink(file, done))));
  }

  async list(directory: string) {
    const entries = await this.run("listing", directory, (sftp) =>
      orNull(
        call<{ filename: string; attrs: { mtime: number } }[]>((done) =>
          sftp.readdir(directory, done),
        ),
      ),
    );
    return (entries ?? []).map(({ filename, attrs }) => ({
      name: filename,
      modifiedAt: attrs.mtime * 1000,
    }));
  }

  exists(file: string): Promise<boolean> {
    return this.run(
      "looking for",
      file,
      async (sftp) => (await orNull(call((done) => sftp.stat(file, done)))) !== null,
    );
  }

  async freeBytes(directory: string): Promise<number | null> {
    const connection = await this.session.repeat((one) => one.sftp());
    try {
      // An extension of OpenSSH's, which throws at once where the server has not announced it.
      const space = await call<{ f_bavail: number; f_frsize: number }>((done) =>
        connection.ext_openssh_statvfs(directory, done as never),
      );
      return Number(space.f_bavail) * Number(space.f_frsize);
    } catch {
      return null;
    }
  }

  sync(directory: string): Promise<void> {
    return this.run("flushing", directory, async (sftp) => {
      const handle = await call<Buffer>((done) => sftp.open(directory, "r", done));
      await flush(sftp, handle).finally(() => call((done) => sftp.close(handle, done)));
    });
  }

  /** Writes a file beside the one meant, and lets it take that one's place. */
  private writeBeside(
    file: string,
    content: string | Buffer,
    { mode = 0o644, owner }: WriteOptions,
    place: (sftp: SFTPWrapper, temporary: string) => Promise<void>,
  ): Promise<void> {
    // Named once: a repetition takes the same one, so nothing is left over.
    const temporary = `${file}.${randomBytes(4).toString("hex")}.tmp`;
    return this.run("writing", file, async (sftp) => {
      const handle = await openForWriting(sftp, temporary, mode);
      try {
        await fill(sftp, handle, Buffer.from(content), { mode, ...ownership(owner) });
        await place(sftp, temporary);
      } catch (error) {
        await call((done) => sftp.unlink(temporary, done)).catch(() => undefined);
        throw error;
      }
    });
  }

  private async run<T>(
    step: string,
    file: string,
    action: (sftp: SFTPWrapper) => Promise<T>,
  ): Promise<T> {
    try {
      return await this.session.repeat(async (connection) => action(await connection.sftp()));
    } catch (error) {
      if (error instanceof HostError) throw error;
      const { code, message } = error as Error & { code?: number };
      const wayOut =
        code === PERMISSION_DENIED
          ? "; let the SSH user read and write there, or set maestro:directory"
          : "";
      throw new HostError(`${this.name}: ${step} ${file}: ${message}${wayOut}`);
    }
  }
}

function call<T>(start: (done: Callback<T>) => unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    start((error, result) => (error ? reject(error) : resolve(result as T)));
  });
}

async function orNull<T>(result: Promise<T>): Promise<T | null> {
  try {
    return await result;
  } catch (error) {
    if ((error as { code?: number }).code === NO_SUCH_FILE) return null;
    throw error;
  }
}

/** SFTP changes both or none. */
function ownership(owner: number | undefined): InputAttributes {
  return owner === undefined ? {} : { uid: owner, gid: owner };
}

/** Gives a file its content, mode and owner, and closes it once the disk has it. */
async function fill(
  sftp: SFTPWrapper,
  handle: Buffer,
  data: Buffer,
  attributes: InputAttributes,
): Promise<void> {
  try {
    // The mode once more: the user's umask has had its say, and the edge must be able to read.
    await call((done) => sftp.fsetstat(handle, attributes, done));
    await call((done) => sftp.write(handle, data, 0, data.length, 0, done));
    await flush(sftp, handle);
  } finally {
    await call((done) => sftp.close(handle, done));
  }
}

/** Makes the directories that are missing: mostly there are none, so they are not asked for first. */
async function openForWriting(sftp: SFTPWrapper, file: string, mode: number): Promise<Buffer> {
  const open = () => call<Buffer>((done) => sftp.open(file, "w", { mode }, done));
  const handle = await orNull(open());
  if (handle !== null) return handle;
  await makeDirectory(sftp, path.posix.dirname(file));
  return open();
}

async function makeDirectory(sftp: SFTPWrapper, directory: string): Promise<void> {
  if ((await orNull(call((done) => sftp.stat(directory, done)))) !== null) return;
  await makeDirectory(sftp, path.posix.dirname(directory));
  try {
    await call((done) => sftp.mkdir(directory, done));
    await call((done) => sftp.setstat(directory, { mode: 0o755 }, done));
  } catch (error) {
    // Another writer may have been faster.
    if ((await orNull(call((done) => sftp.stat(directory, done)))) === null) throw error;
  }
}

/** Waits until the disk has it, where the server can tell: OpenSSH can. */
async function flush(sftp: SFTPWrapper, handle: Buffer): Promise<void> {
  try {
    await call((done) => sftp.ext_openssh_fsync(handle, done));
  } catch (error) {
    if (!/does not support/.test((error as Error).message)) throw error;
  }
}
