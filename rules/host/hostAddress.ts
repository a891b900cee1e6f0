import { isIP } from "node:net";

/** A Docker host that is reached over SSH. A stack on the deployer's own machine has none. */
export interface HostAddress {
  readonly user: string;
  /** DNS name, IPv4 or IPv6 address; the latter without brackets. */
  readonly name: string;
  readonly port: number;
  /** Public keys the host may show, each `<type> <base64>`: at least one. */
  readonly keys: readonly string[];
  /** Private key to log in with, a path on the deployer's machine; null: the agent's keys, or the usual ones. */
  readonly identityFile: string | null;
}

/** Port that a URL without one means. */
export const DEFAULT_SSH_PORT = 22;

/** The address as the stack's configuration writes it: `ssh://deploy@demo.example.com`. */
export function hostUrl({ user, name, port }: HostAddress): string {
  const host = name.includes(":") ? `[${name}]` : name;
  return `ssh://${user}@${host}${port === DEFAULT_SSH_PORT ? "" : `:${port}`}`;
}

const USER = "[A-Za-z_][\\w.-]{0,31}";
const LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?";
const URL_SHAPE = new RegExp(
  `^ssh://(?<user>${USER})@(?:\\[(?<ipv6>[0-9A-Fa-f:.]+)\\]|(?<name>(?=.{1,253}(?::|$))${LABEL}(?:\\.${LABEL})*))(?::(?<port>[1-9]\\d{0,4}))?$`,
);
const MAX_PORT = 65_535;

/** User, host and port of `ssh://user@host[:port]`; null: it is not one. */
export function parseHostUrl(text: string): Pick<HostAddress, "user" | "name" | "port"> | null {
  const { user, ipv6, name, port } = URL_SHAPE.exec(text)?.groups ?? {};
  const host = ipv6 ?? name;
  const number = port === undefined ? DEFAULT_SSH_PORT : Number(port);
  if (user === undefined || host === undefined || number > MAX_PORT) return null;
  // Digits and dots alone are an address, and must be a whole one.
  const isAddress = ipv6 !== undefined || /^[\d.]+$/.test(host);
  if (isAddress && isIP(host) !== (ipv6 === undefined ? 4 : 6)) return null;
  return { user, name: host, port: number };
}

const KEY_TYPES = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "ssh-rsa",
];
const MIN_KEY_BYTES = 40;

/** Whether it is a public key line as OpenSSH writes it, `<type> <base64> [comment]`. */
export function isHostKey(line: unknown): line is string {
  if (typeof line !== "string" || /[\r\n]/.test(line.trim())) return false;
  const [type = "", base64 = ""] = line.trim().split(/\s+/);
  if (!KEY_TYPES.includes(type) || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return false;
  // A key begins with its own type; a line cut short or put together from two does not.
  const key = Buffer.from(base64, "base64");
  const end = 4 + type.length;
  return (
    key.length >= MIN_KEY_BYTES &&
    key.readUInt32BE(0) === type.length &&
    key.toString("latin1", 4, end) === type &&
    isWhole(key)
  );
}

/** Whether the key's fields, each with its length before it, fill it exactly. */
function isWhole(key: Buffer): boolean {
  let offset = 0;
  while (offset + 4 <= key.length) offset += 4 + key.readUInt32BE(offset);
  return offset === key.length;
}
