import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";

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
 * One value from standard input, without the line end that editors and `echo` add.
 *
 * @throws Error when standard input is a terminal, where the value would be seen, or has nothing.
 */
export function readValue(key: string): string {
  if (process.stdin.isTTY) {
    throw new Error(
      `${key}: the value comes from standard input, not from a terminal, which would show it; ` +
        `\`npm run secrets -- set … ${key} < file\`, or \`generate\``,
    );
  }
  const value = readFileSync(0, "utf8").replace(/\r?\n$/, "");
  if (value === "") throw new Error(`${key}: standard input has nothing; give the value there`);
  return value;
}

/** Names and values of a `.env` file; empty values are left out. */
export function readEnvFile(file: string): Record<string, string> {
  const parsed = parseEnv(readFileSync(file, "utf8"));
  return Object.fromEntries(
    Object.entries(parsed).flatMap(([key, value]) =>
      value === undefined || value === "" ? [] : [[key, value]],
    ),
  );
}
