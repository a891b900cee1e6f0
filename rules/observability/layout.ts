/** Address of a listener. */
export interface ListenPoint {
  readonly address: string;
  readonly port: number;
}

/** Who Prometheus and Alertmanager run as, in their official images too. */
export const OBSERVER_ID = 65534;

/** Where both find their configuration: a volume that the Docker Engine fills, so the deployer need not be root. */
export const CONFIG_MOUNT = "/etc/observability";

/** Ports inside the containers; outside they are what the stack says. */
export const OBSERVER_PORTS = { prometheus: 9090, alertmanager: 9093 } as const;

/** The servers of an observability stack, in the order in which they start. */
export const OBSERVERS = ["alertmanager", "prometheus"] as const;

export type Observer = (typeof OBSERVERS)[number];

/** Name of a server's container, of its volume of data, and with `-config` of the one with its configuration. */
export function observerName(prefix: string, observer: Observer): string {
  return `${prefix}-${observer}`;
}

/** Network of the servers alone: no service reaches Alertmanager, which would silence alerts for anybody. */
export function observerNetwork(prefix: string): string {
  return `${prefix}-observability`;
}

/** File of the token that the exporter asks for, below the stack's directory on the Docker host. */
export const TOKEN_FILE = "observability/token";
