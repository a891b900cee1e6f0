import { stringify } from "yaml";
import { CONFIG_MOUNT, OBSERVER_PORTS } from "./layout";

/** What Jaeger is told of the stack. */
export interface JaegerConfigInput {
  /** Where it keeps traces. */
  readonly directory: string;
  readonly retentionDays: number;
}

/** File of Jaeger's configuration, as its container sees it. */
export const JAEGER_CONFIG = `${CONFIG_MOUNT}/jaeger.yml`;

/** Where services send their traces, inside Jaeger's container: OTLP over HTTP, and over gRPC. */
export const OTLP_PORTS = { http: 4318, grpc: 4317 } as const;

const STORE = "stack";

/**
 * Configuration of Jaeger v2, which is an OpenTelemetry collector that has a store: services send it OTLP, and no other
 * collector is in between.
 */
export function renderJaegerConfig({ directory, retentionDays }: JaegerConfigInput): string {
  const everywhere = (port: number) => ({ endpoint: `0.0.0.0:${port}` });
  return stringify({
    service: {
      extensions: ["jaeger_storage", "jaeger_query"],
      pipelines: {
        traces: {
          receivers: ["otlp"],
          processors: ["memory_limiter", "batch"],
          exporters: ["jaeger_storage_exporter"],
        },
      },
      telemetry: { metrics: { level: "none" }, logs: { level: "warn" } },
    },
    extensions: {
      jaeger_storage: {
        backends: {
          [STORE]: {
            badger: {
              ephemeral: false,
              directories: { keys: `${directory}/keys`, values: `${directory}/values` },
              ttl: { spans: `${retentionDays * 24}h` },
            },
          },
        },
      },
      jaeger_query: {
        storage: { traces: STORE },
        http: everywhere(OBSERVER_PORTS.jaeger),
        // Nobody here asks over gRPC.
        grpc: { endpoint: "127.0.0.1:16685" },
      },
    },
    receivers: {
      otlp: {
        protocols: { http: everywhere(OTLP_PORTS.http), grpc: everywhere(OTLP_PORTS.grpc) },
      },
    },
    processors: {
      // Refuses traces before the container's limit is reached: services drop them, and serve on.
      memory_limiter: { check_interval: "1s", limit_percentage: 75, spike_limit_percentage: 20 },
      batch: {},
    },
    exporters: { jaeger_storage_exporter: { trace_storage: STORE } },
  });
}
