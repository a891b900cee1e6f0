import { OTLP_PORTS } from "../observability/jaegerConfig";
import { observerName } from "../observability/layout";
import type { Color, ReleaseRecord } from "../../release/release";

/** A set, as far as its services' traces tell of it. */
export interface TracedSet {
  /** Prefix of all names the stack uses on the Docker host. */
  readonly prefix: string;
  readonly color: Color;
  readonly record: ReleaseRecord;
}

/**
 * OpenTelemetry's own variables, for a service whose traces the stack keeps; none otherwise. What the service's `env` says
 * goes before them.
 */
export function telemetryEnvironment(
  { prefix, color, record }: TracedSet,
  service: string,
): Record<string, string> {
  const { traces, env } = record.services[service]!;
  if (traces === undefined) return {};
  const attributes = [`stack=${traces.stack}`, `set=${color}`, `release=${record.id}`];
  const own = env["OTEL_RESOURCE_ATTRIBUTES"];
  return {
    OTEL_SERVICE_NAME: service,
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://${observerName(prefix, "jaeger")}:${OTLP_PORTS.http}`,
    // Not all SDKs have gRPC, which is the default of some.
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
    // Jaeger takes traces alone, and would be told the others in vain.
    OTEL_METRICS_EXPORTER: "none",
    OTEL_LOGS_EXPORTER: "none",
    ...env,
    OTEL_RESOURCE_ATTRIBUTES: [...attributes, ...(own ? [own] : [])].join(","),
  };
}
