import { EDGE_PORTS, probePath } from "./edgeLayout";
import { healthQuestion } from "./healthQuestion";
import { replicaAddresses, type SetLocations } from "./nginxSets";
import { QUIET_LOCATION } from "./nginxRefusals";
import type { ServiceRelease } from "../../release/release";

/** Asks each replica by itself, whatever the other replicas answer, as a user would ask. Only on the preview port. */
export function renderProbes(
  { subnet, color, record, options, answer }: SetLocations,
  service: string,
  settings: ServiceRelease,
): string[] {
  if (!record) return [];
  const { livePath, readyPath } = settings.health;
  const { host, scheme, prefix } = healthQuestion(settings, options);
  const probes = replicaAddresses(subnet, color, record, service).flatMap((address, replica) =>
    [
      { kind: "live", path: livePath } as const,
      { kind: "ready", path: readyPath } as const,
    ].flatMap(({ kind, path }) => [
      `location = ${probePath(color, service, replica, kind)} {`,
      `  if ($server_port != ${EDGE_PORTS.preview}) { return 404; }`,
      `  set $maestro_asked ${scheme}://${host};`,
      `  set $maestro_host ${host};`,
      `  set $maestro_scheme ${scheme};`,
      ...(prefix ? [`  set $maestro_prefix ${prefix};`] : []),
      `  proxy_pass http://${address}${path};`,
      "}",
    ]),
  );
  const lines = [
    ...answer,
    ASKED,
    "access_log off;",
    `error_page 404 500 502 504 ${QUIET_LOCATION};`,
    "proxy_next_upstream off;",
    "proxy_read_timeout 5s;",
    ...probes,
  ];
  return [
    `    location ${probePath(color, service)} {`,
    ...lines.map((line) => `      ${line}`),
    "    }",
  ];
}

/** The edge says how it has asked, so that a message tells what was asked and not what was meant. */
export const ASKED = "add_header X-Maestro-Asked $maestro_asked always;";
