/** What a secret's bytes cannot be, in words that follow its name; null: they are sound text. */
export function findTextProblem(bytes: Uint8Array): string | null {
  if (bytes.includes(0)) return `has a NUL byte (value hidden); ${AS_TEXT}`;
  const text = decode(bytes);
  if (text === null) return `is not UTF-8 (value hidden); ${AS_TEXT}`;
  return text.startsWith("\uFEFF")
    ? "begins with a byte order mark (value hidden); save it as UTF-8 without one"
    : null;
}

/** What can be done with bytes that are no text: stored, they would become others, and nobody can look at them. */
const AS_TEXT = "save it as UTF-8, or store it in base64 and decode it in the service";

/** UTF-8 as it is, a byte order mark included; null: something else. */
export function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/**
 * A value from bytes, byte for byte. The line end that `echo` and editors put behind a single line is left out; one
 * behind several lines is part of the value, as keys and certificates need it.
 *
 * @param name of the secret, for the message.
 * @throws Error naming what is wrong, never the value.
 */
export function readSecretText(name: string, bytes: Uint8Array): string {
  const problem = findTextProblem(bytes);
  if (problem !== null) throw new Error(`${name}: ${problem}`);
  const text = decode(bytes) ?? "";
  return /^[^\r\n]*\r?\n$/.test(text) ? text.replace(/\r?\n$/, "") : text;
}
