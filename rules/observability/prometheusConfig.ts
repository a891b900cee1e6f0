import { stringify } from "yaml";
import {
  CONFIG_MOUNT,
  OBSERVER_PORTS,
  observerName,
  type ListenPoint,
  type Observer,
} from "./layout";
import { SERVICE_TARGETS } from "./metricNames";

/** What Prometheus is told of the stack. */
export interface PrometheusConfigInput {
  readonly prefix: string;
  readonly scrapeSeconds: number;
  /** Where the exporter listens, as the stack's containers reach it. */
  readonly exporter: ListenPoint;
  /** Further servers that tell metrics of their own. */
  readonly alsoAsked: readonly Observer[];
}

/** Files of Prometheus' configuration, as its container sees them. */
export const PROMETHEUS_FILES = {
  config: `${CONFIG_MOUNT}/prometheus.yml`,
  rules: `${CONFIG_MOUNT}/rules.yml`,
  token: `${CONFIG_MOUNT}/token`,
} as const;

/**
 * Prometheus' configuration: it asks the exporter for all that maestro knows, and the services for their own metrics,
 * where the exporter says that they are. So a release changes nothing of it.
 */
export function renderPrometheusConfig(input: PrometheusConfigInput): string {
  const exporter = `${input.exporter.address}:${input.exporter.port}`;
  // Prometheus 2.42 knows no default of the type where it looks for targets.
  const authorization = { type: "Bearer", credentials_file: PROMETHEUS_FILES.token };
  const every = `${input.scrapeSeconds}s`;
  const at = (observer: Observer) =>
    `${observerName(input.prefix, observer)}:${OBSERVER_PORTS[observer]}`;
  const alertmanager = at("alertmanager");
  return stringify({
    global: { scrape_interval: every, evaluation_interval: every },
    rule_files: [PROMETHEUS_FILES.rules],
    alerting: { alertmanagers: [{ static_configs: [{ targets: [alertmanager] }] }] },
    scrape_configs: [
      { job_name: "maestro", authorization, static_configs: [{ targets: [exporter] }] },
      {
        job_name: "services",
        // A service that tells as much as this is broken, and must not take Prometheus along.
        ...{ sample_limit: 10_000, body_size_limit: "10MB" },
        http_sd_configs: [
          { url: `http://${exporter}${SERVICE_TARGETS}`, authorization, refresh_interval: every },
        ],
      },
      {
        job_name: "observability",
        static_configs: [
          {
            targets: [
              `127.0.0.1:${OBSERVER_PORTS.prometheus}`,
              alertmanager,
              ...input.alsoAsked.map(at),
            ],
          },
        ],
      },
    ],
  });
}
