import { randomBytes } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { readSecretText } from "../../secretStore/readText";

const RANDOM_BYTES = 32;
const PASSWORD_BYTES = 24;
/** What a random text cannot be. */
const NOT_RANDOM = /(?:^|_)(?:URL|URI|DSN|HOST|USER|USERNAME|CERTIFICATE|KEY_?PAIR)$/;

/** A new random value: 256 bits, in letters, digits, - and _. */
export function randomValue(): string {
  return randomBytes(RANDOM_BYTES).toString("base64url");
}

/** A new random password of a database: in hex, which needs no escapes in an address. */
export function randomPassword(): string {
  return randomBytes(PASSWORD_BYTES).toString("hex");
}

/** Whether a random text can be the value of a secret with this name. */
export function canBeRandom(name: string): boolean {
  return !NOT_RANDOM.test(name);
}

/**
 * One value from standard input, byte for byte, without the line end that `echo` adds to a single line.
 *
 * @throws Error when standard input is a terminal, where the value would be seen, has nothing, or is no text.
 */
export async function readValue(key: string): Promise<string> {
  if (process.stdin.isTTY) {
    throw new Error(
      `${key}: the value comes from standard input, not from a terminal, which would show it; ` +
        `\`npm run secrets -- set … ${key} < file\`, or \`generate\``,
    );
  }
  const value = readSecretText(key, await buffer(process.stdin));
  if (value === "") throw new Error(`${key}: standard input has nothing; give the value there`);
  return value;
}
