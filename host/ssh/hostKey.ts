import { createHash } from "node:crypto";

/** Every kind of key a server can show, the best first; RSA without SHA-1. */
const ALGORITHMS = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "rsa-sha2-512",
  "rsa-sha2-256",
] as const;

export type HostKeyAlgorithm = (typeof ALGORITHMS)[number];

/** A key as `ssh-keygen -l` tells it: `SHA256:... (ssh-ed25519)`. */
export function describeKey(key: Buffer): string {
  const digest = createHash("sha256").update(key).digest("base64").replace(/=+$/, "");
  return `SHA256:${digest} (${keyType(key)})`;
}

/** A configured key, `<type> <base64>`, as a server sends it. */
export function keyBlob(line: string): Buffer {
  return Buffer.from(line.split(" ")[1] ?? "", "base64");
}

/** The type that a key itself begins with. */
function keyType(key: Buffer): string {
  return key.toString("latin1", 4, 4 + key.readUInt32BE(0));
}

/** A server with keys of several types shows the one asked for first, so those that are expected come first. */
export function preferredAlgorithms(lines: readonly string[]): HostKeyAlgorithm[] {
  const types = lines.map((line) => line.split(" ")[0]);
  const isExpected = (algorithm: HostKeyAlgorithm) =>
    types.includes(algorithm) || (algorithm.startsWith("rsa-") && types.includes("ssh-rsa"));
  return [...ALGORITHMS].sort((a, b) => Number(isExpected(b)) - Number(isExpected(a)));
}
