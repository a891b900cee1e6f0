import type { ServiceRelease } from "../../release/release";

/** What users see of the edge, and so what a question about a service's health is asked with. */
export interface PublicFace {
  /** Host name in the stack's `url`. */
  readonly publicHost: string;
  /** Whether users come by https. */
  readonly tls: boolean;
}

/** How a service is asked about its health: as one of its users would ask it. */
export interface HealthQuestion {
  readonly host: string;
  readonly scheme: "http" | "https";
  /** Prefix that users' requests have and the service does not see, without the last slash; null: none. */
  readonly prefix: string | null;
}

/**
 * A framework that allows only its own host names, or sends plain requests to https, answers its users and nobody else.
 * So a probe says what a request of a user would say.
 */
export function healthQuestion(
  { route, health }: Pick<ServiceRelease, "route" | "health">,
  { publicHost, tls }: PublicFace,
): HealthQuestion {
  return {
    host: health.host ?? route.host ?? publicHost,
    scheme: health.scheme ?? (tls ? "https" : "http"),
    prefix: route.stripPrefix && route.path !== "/" ? route.path.slice(0, -1) : null,
  };
}
