import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";

/** Environment variable with the private key that backups are read with. */
export const BACKUP_KEY = "MAESTRO_BACKUP_KEY";

/**
 * Encrypts to the holders of age keys while it flows: 64 KiB in memory, each piece authenticated, an end that is missing
 * is found out. `age -d` reads it.
 */
export async function encrypt(content: Readable, recipients: readonly string[]): Promise<Readable> {
  const { Encrypter } = await import("age-encryption");
  const encrypter = new Encrypter();
  for (const recipient of recipients) encrypter.addRecipient(recipient);
  return fromWeb(await encrypter.encrypt(toWeb(content)));
}

/**
 * Decrypts while it flows.
 *
 * @param key an age key, or the text of a file with some, as `age-keygen` writes it.
 * @throws Error, now or as it flows, when it was encrypted for others, was changed or ends too soon.
 */
export async function decrypt(content: Readable, key: string): Promise<Readable> {
  const { Decrypter } = await import("age-encryption");
  const decrypter = new Decrypter();
  for (const identity of identitiesIn(key)) decrypter.addIdentity(identity);
  return fromWeb(await decrypter.decrypt(toWeb(content)));
}

/** A new private key, and the public one that goes into the configuration. */
export async function generateKey(): Promise<{ key: string; recipient: string }> {
  const { generateX25519Identity, identityToRecipient } = await import("age-encryption");
  const key = await generateX25519Identity();
  return { key, recipient: await identityToRecipient(key) };
}

/** The lines with keys; others are comments. @throws Error when there is none. */
export function identitiesIn(text: string): string[] {
  const keys = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
  if (keys.length > 0 && keys.every((key) => key.startsWith("AGE-SECRET-KEY-"))) return keys;
  throw new Error(
    "the key of the backups must be lines of AGE-SECRET-KEY-… (value hidden); name the file that `maestro backup key` " +
      "has made",
  );
}

function toWeb(content: Readable): globalThis.ReadableStream<Uint8Array> {
  return Readable.toWeb(content) as globalThis.ReadableStream<Uint8Array>;
}

function fromWeb(content: globalThis.ReadableStream<Uint8Array>): Readable {
  return Readable.fromWeb(content as ReadableStream);
}
