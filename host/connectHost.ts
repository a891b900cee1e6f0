import type { HostAddress } from "../rules/host/hostAddress";
import type { Host } from "./host";
import { localHost } from "./localHost";

/**
 * The host of a stack; null: this machine. Whoever connects must close it, or use {@link withHost}.
 *
 * @throws HostError when it cannot be reached, or shows another key than it must.
 */
export async function connectHost(address: HostAddress | null): Promise<Host> {
  if (address === null) return localHost;
  // Loaded only here: a stack on this machine needs no SSH.
  const { SshHost } = await import("./ssh/sshHost");
  return SshHost.connect(address);
}

/** Connects, does it, and ends the connection whatever came of it. */
export async function withHost<T>(
  address: HostAddress | null | undefined,
  action: (host: Host) => Promise<T>,
): Promise<T> {
  const host = await connectHost(address ?? null);
  try {
    return await action(host);
  } finally {
    host.close();
  }
}
