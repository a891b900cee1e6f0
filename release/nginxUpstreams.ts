import { replicaAddresses, servicesOf } from "./nginxSets";
import type { Color, ReleaseRecord } from "./release";

/**
 * One upstream a service: its replicas at their fixed addresses. A connection ends with its request even where the
 * service would keep it, since nginx keeps idle ones from 1.29.7 on; older versions do not know `keepalive 0`.
 */
export function renderUpstreams(
  subnet: string,
  color: Color,
  record: ReleaseRecord | null,
): string[] {
  if (!record) return [];
  return servicesOf(record).map(([service]) => {
    const servers = replicaAddresses(subnet, color, record, service)
      .map((address) => `server ${address} max_fails=3 fail_timeout=2s;`)
      .join(" ");
    return `  upstream ${color}-${service} { ${servers} keepalive_requests 1; }`;
  });
}
