import { replicaAddresses, servicesOf, variableName } from "./nginxSets";
import type { Color, ReleaseRecord } from "../../release/release";

/**
 * One upstream a service: its replicas at their fixed addresses. A connection ends with its request even where the
 * service would keep it, since nginx keeps idle ones from 1.29.7 on; older versions do not know `keepalive 0`.
 *
 * No replica is left out for a while after failures: nginx counts an answer that takes too long as one, so a slow URL
 * would take the whole service away. One that does not take connections is passed over in each request.
 */
export function renderUpstreams(
  subnet: string,
  color: Color,
  record: ReleaseRecord | null,
): string[] {
  if (!record) return [];
  return servicesOf(record).flatMap(([service]) => {
    const addresses = replicaAddresses(subnet, color, record, service);
    const servers = addresses.map((address) => `server ${address} max_fails=0;`).join(" ");
    return [
      `  upstream ${color}-${service} { ${servers} keepalive_requests 1; }`,
      ...renderOtherReplica(color, service, addresses),
    ];
  });
}

/** Which replica is tried after which, for requests that are not left to nginx: see `renderOnce`. */
function renderOtherReplica(color: Color, service: string, addresses: readonly string[]): string[] {
  if (addresses.length === 1) return [];
  const next = addresses.map(
    (address, at) => `${address} ${addresses[(at + 1) % addresses.length]};`,
  );
  return [`  map $upstream_addr ${otherReplica(color, service)} { ${next.join(" ")} }`];
}

/** Variable with the replica that comes after the one that was tried. */
export function otherReplica(color: Color, service: string): string {
  return variableName("other", color, service);
}
