/** Ports inside the edge's container; outside they are what the stack says. */
export const EDGE_PORTS = { public: 8080, preview: 8081, tls: 8443 } as const;

/** Marks a question of maestro's own, so that it does not count as traffic. */
export const PROBE_HEADER = "x-maestro-probe";

/** Where the edge's container sees the host's `edge` directory. */
export const EDGE_MOUNT = "/etc/maestro";

/** User and group the edge's nginx runs as: it binds no privileged port and needs no right of root's. */
export const EDGE_USER_ID = 10002;

/** The edge container's name behind the stack's prefix. */
export function edgeContainerName(prefix: string): string {
  return `${prefix}-edge`;
}

/**
 * Where the edge answers, on the preview port, for one replica's own health: what the gate asks. Without a replica: what
 * all of a service's probes are below.
 */
export function probePath(color: string, service: string): string;
export function probePath(
  color: string,
  service: string,
  replica: number,
  kind: "live" | "ready",
): string;
export function probePath(color: string, service: string, replica?: number, kind = ""): string {
  const all = `/edge/probe/${color}/${service}/`;
  return replica === undefined ? all : `${all}${replica}/${kind}`;
}
