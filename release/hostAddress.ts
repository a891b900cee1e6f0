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
