import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from "node:crypto";

/** First bytes of an encrypted backup; the number is the format's. */
const MAGIC = Buffer.from("maestro-backup-1\n");
const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
/** Environment variable with the passphrase that backups are encrypted with; unset: they are not. */
export const BACKUP_PASSPHRASE = "MAESTRO_BACKUP_PASSPHRASE";

/** Encrypts a backup (AES-256-GCM, key by scrypt); without a passphrase it stays as it is. */
export function seal(content: Buffer, passphrase: string | undefined): Buffer {
  if (!passphrase) return content;
  const salt = randomBytes(SALT_BYTES);
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", scryptSync(passphrase, salt, KEY_BYTES), nonce);
  const body = Buffer.concat([cipher.update(content), cipher.final()]);
  return Buffer.concat([MAGIC, salt, nonce, cipher.getAuthTag(), body]);
}

/** The backup as it was before {@link seal}. @throws Error when the passphrase is missing or another one. */
export function unseal(content: Buffer, passphrase: string | undefined): Buffer {
  if (!content.subarray(0, MAGIC.length).equals(MAGIC)) return content;
  if (!passphrase) {
    throw new Error(`the backup is encrypted; set ${BACKUP_PASSPHRASE} to its passphrase`);
  }
  const parts = [SALT_BYTES, NONCE_BYTES, TAG_BYTES];
  let at = MAGIC.length;
  const [salt, nonce, tag] = parts.map((length) => content.subarray(at, (at += length)));
  const key = scryptSync(passphrase, salt!, KEY_BYTES);
  const decipher = createDecipheriv("aes-256-gcm", key, nonce!);
  decipher.setAuthTag(tag!);
  try {
    return Buffer.concat([decipher.update(content.subarray(at)), decipher.final()]);
  } catch {
    throw new Error(`the backup cannot be decrypted: ${BACKUP_PASSPHRASE} is not its passphrase`);
  }
}
