import { createHash, type Hash } from "node:crypto";
import { Readable, Transform } from "node:stream";
import type { BackupPart } from "../../rules/backups/manifest";
import { decrypt, encrypt } from "./ageCipher";
import type { BackupStore } from "./backupStore";

/** Writes a part of a backup while it flows, encrypted where there are recipients, and says what was stored. */
export async function writePart(
  store: BackupStore,
  file: string,
  content: Readable,
  recipients: readonly string[],
): Promise<BackupPart> {
  const sealed = recipients.length > 0;
  const stored = sealed ? `${file}.age` : file;
  const tally = tallied(sealed ? await encrypt(content, recipients) : content);
  await store.write(stored, tally);
  return { file: stored, bytes: tally.bytes, sha256: tally.digest() };
}

/** A part as it was before it was stored, and whether all of it was what it must be, once it has flowed. */
export interface OpenedPart {
  readonly content: Readable;
  /** @throws Error when the stored bytes were not those that were written. */
  check(): void;
}

/** @param key private key; undefined: there is none. */
export async function openPart(
  store: BackupStore,
  part: BackupPart,
  encryption: "age" | "none",
  key: string | undefined,
): Promise<OpenedPart> {
  const source = await store.read(part.file);
  if (source === null) {
    throw new Error(`${store.nameOf(part.file)}: is missing; the backup is damaged, take another`);
  }
  const stored = tallied(source);
  const check = () => {
    if (stored.bytes === part.bytes && stored.digest() === part.sha256) return;
    throw new Error(
      `${store.nameOf(part.file)}: its checksum differs, so it is not used; the backup is damaged, take another`,
    );
  };
  if (encryption === "none") return { content: stored, check };
  if (key === undefined) throw new Error("the backup is encrypted, and there is no key");
  try {
    const plain = explained(await decrypt(stored, key), store.nameOf(part.file), source);
    return { content: Readable.from(plain), check };
  } catch (error) {
    source.destroy();
    if (source.errored) throw source.errored;
    throw new Error(`${store.nameOf(part.file)}: cannot be decrypted: ${(error as Error).message}`);
  }
}

/** What age says of a piece that is not what was written means little to whoever restores. */
async function* explained(
  content: Readable,
  name: string,
  source: Readable,
): AsyncGenerator<Buffer> {
  try {
    yield* content as AsyncIterable<Buffer>;
  } catch (error) {
    // A store that was lost on the way has damaged nothing.
    if (source.errored) throw source.errored;
    throw new Error(
      `${name}: was changed or cut short (${(error as Error).message}); the backup is damaged, take another`,
    );
  }
}

function tallied(source: Readable): Tally {
  const tally = new Tally();
  // It may fail before anybody reads: whoever does then is told.
  tally.on("error", () => undefined);
  source.on("error", (error) => tally.destroy(error));
  // Where nobody reads on, nobody writes on.
  tally.on("close", () => source.destroy());
  return source.pipe(tally);
}

/** Counts and hashes what flows through it. */
class Tally extends Transform {
  bytes = 0;
  private readonly hash: Hash = createHash("sha256");
  private result: string | null = null;

  override _transform(chunk: Buffer, _encoding: string, done: (e: null, c: Buffer) => void): void {
    this.bytes += chunk.length;
    this.hash.update(chunk);
    done(null, chunk);
  }

  /** In hex; what has flowed since the first call does not count. */
  digest(): string {
    return (this.result ??= this.hash.digest("hex"));
  }
}
