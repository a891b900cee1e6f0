import { EDGE_PORTS, probePath } from "./edgeLayout";
import { replicaAddresses, type SetLocations } from "./nginxSets";
import { QUIET_LOCATION } from "./nginxRefusals";
import type { ServiceRelease } from "./release";

/** Asks each replica by itself, whatever the other replicas answer. Only on the preview port. */
export function renderProbes(
  set: SetLocations,
  service: string,
  settings: ServiceRelease,
): string[] {
  if (!set.record) return [];
  const { livePath, readyPath } = settings.health;
  return replicaAddresses(set.subnet, set.color, set.record, service).flatMap((address, replica) =>
    [
      { kind: "live", path: livePath } as const,
      { kind: "ready", path: readyPath } as const,
    ].flatMap(({ kind, path }) => [
      `    location = ${probePath(set.color, service, replica, kind)} {`,
      "      access_log off;",
      `      error_page 404 500 502 504 ${QUIET_LOCATION};`,
      `      if ($server_port != ${EDGE_PORTS.preview}) { return 404; }`,
      "      proxy_next_upstream off;",
      "      proxy_read_timeout 5s;",
      `      proxy_pass http://${address}${path};`,
      "    }",
    ]),
  );
}
