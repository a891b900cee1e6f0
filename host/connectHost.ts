import { hostUrl, type HostAddress } from "../release/hostAddress";
import { HostError, type Host } from "./host";
import { localHost } from "./localHost";

/**
 * The host of a stack; null: this machine. Whoever connects must close it, or use {@link withHost}.
 *
 * @throws HostError when it cannot be reached, or shows another key than it must.
 */
export async function connectHost(address: HostAddress | null): Promise<Host> {
  if (address === null) return localHost;
  await Promise.resolve();
  throw new HostError(`${hostUrl(address)}: hosts over SSH cannot be connected yet`);
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
