/** Address of a listener. */
export interface ListenPoint {
  readonly address: string;
  readonly port: number;
}

/** Who the servers run as; Prometheus and Alertmanager in their official images too. */
export const OBSERVER_ID = 65534;

/** Where they find their configuration: a volume that the Docker Engine fills, so the deployer need not be root. */
export const CONFIG_MOUNT = "/etc/observability";

/** Ports inside the containers; outside they are what the stack says. */
export const OBSERVER_PORTS = {
  alertmanager: 9093,
  prometheus: 9090,
  victorialogs: 9428,
  jaeger: 16686,
  lokilogs: 3100,
} as const;

/** Path that answers 200 once a server is ready. */
export const READY_PATHS = {
  alertmanager: "/-/ready",
  prometheus: "/-/ready",
  victorialogs: "/-/ready",
  jaeger: "/api/services",
  lokilogs: "/ready",
} as const;

/** Servers that read their configuration again when they are told to; another one is made anew. */
export const RELOADING: readonly Observer[] = ["alertmanager", "prometheus"];

/**
 * All servers that an observability stack may have. Loki is not `loki`, which a stateful service may be called that a stack
 * has had before.
 */
export const OBSERVERS = [
  "alertmanager",
  "prometheus",
  "victorialogs",
  "jaeger",
  "lokilogs",
] as const;

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
