/** What a sample is counted of; each carries `stack` as well. */
export interface MetricName {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  /** Besides `stack`, which every sample has. */
  readonly labels: readonly string[];
}

/** Upper ends of the buckets of {@link METRICS.edgeDuration}, in seconds. */
export const DURATION_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Values of the label `class`. */
export const STATUS_CLASSES = ["2xx", "3xx", "4xx", "5xx"] as const;

/** The class of an answer; a connection that was upgraded (101) was answered well. */
export function statusClass(status: number): (typeof STATUS_CLASSES)[number] {
  const index = Math.min(Math.max(Math.floor(status / 100) - 2, 0), STATUS_CLASSES.length - 1);
  return STATUS_CLASSES[index]!;
}

/**
 * `set` is blue or green, `release` the id as it is shown: no more of them than the two sets hold. Both are empty for
 * containers of stateful services.
 */
const OF_SET = ["set", "release"];
const OF_SERVICE = ["service", ...OF_SET];
/** What a target of {@link SERVICE_TARGETS} is given, too. */
export const OF_CONTAINER = [...OF_SERVICE, "replica"];

/** All that `maestro-metrics` tells: rules and dashboards ask for these names and no others. */
export const METRICS = {
  edgeRequests: counter(
    "maestro_edge_requests_total",
    "Requests of users, by the class of the answer's status.",
    [...OF_SERVICE, "class"],
  ),
  edgeBadRequests: counter(
    "maestro_edge_bad_requests_total",
    "Requests of users that failed, as the watch of a release counts them.",
    OF_SERVICE,
  ),
  edgeDuration: {
    name: "maestro_edge_request_duration_seconds",
    type: "histogram",
    help: "From a user's request to the begin of the answer.",
    labels: OF_SERVICE,
  },
  edgeUp: gauge("maestro_edge_up", "Whether the edge's container runs."),
  followLag: gauge(
    "maestro_follow_lag_seconds",
    "Age of the last line of the edge's log when it was read.",
  ),
  serving: gauge("maestro_serving", "Whether users get the set.", OF_SET),
  switchTimestamp: gauge(
    "maestro_switch_timestamp_seconds",
    "When the traffic last moved, as Unix time.",
  ),
  rejectedSinceSuccess: gauge(
    "maestro_release_rejected_since_success",
    "Releases rejected since the last one that users kept.",
  ),
  idleSetKept: gauge(
    "maestro_idle_set_kept",
    "Whether the set to go back to is there; only where it is kept warm.",
  ),
  containerUp: gauge("maestro_container_up", "Whether the container runs.", OF_CONTAINER),
  containerHealthy: gauge(
    "maestro_container_healthy",
    "Whether the container's health check passes; not told of stateful services.",
    OF_CONTAINER,
  ),
  containerRestarts: counter(
    "maestro_container_restarts_total",
    "Times that the Docker Engine has started the container again.",
    OF_CONTAINER,
  ),
  containerCpu: counter(
    "maestro_container_cpu_seconds_total",
    "Processor time that the container has had.",
    OF_CONTAINER,
  ),
  containerMemory: gauge(
    "maestro_container_memory_bytes",
    "Memory of the container without the file cache that can be given back.",
    OF_CONTAINER,
  ),
  containerMemoryLimit: gauge(
    "maestro_container_memory_limit_bytes",
    "Memory that the container may have.",
    OF_CONTAINER,
  ),
  hostCpu: counter("maestro_host_cpu_seconds_total", "Processor time of the host.", ["mode"]),
  hostMemoryAvailable: gauge(
    "maestro_host_memory_available_bytes",
    "Memory of the host that is to be had without swapping.",
  ),
  hostMemory: gauge("maestro_host_memory_bytes", "Memory of the host."),
  hostDiskFree: gauge("maestro_host_disk_free_bytes", "Free room of a file system of the host.", [
    "path",
  ]),
  hostDisk: gauge("maestro_host_disk_bytes", "Size of a file system of the host.", ["path"]),
  hostLoad: gauge("maestro_host_load1", "Processes that run or wait, over the last minute."),
  postgresUp: gauge("maestro_postgres_up", "Whether the stack's own database server answers."),
  postgresConnections: gauge(
    "maestro_postgres_connections",
    "Clients that are connected to the stack's own database server.",
  ),
  postgresConnectionsMax: gauge(
    "maestro_postgres_connections_max",
    "Clients that it lets connect at once (max_connections).",
  ),
  postgresDatabase: gauge(
    "maestro_postgres_database_bytes",
    "Size of a database of the stack's own server.",
    ["database"],
  ),
  postgresTransactions: counter(
    "maestro_postgres_transactions_total",
    "Transactions of a database of the stack's own server, by how they ended.",
    ["database", "end"],
  ),
  certificateExpiry: gauge(
    "maestro_certificate_expiry_timestamp_seconds",
    "When a certificate ends, as Unix time.",
    ["name"],
  ),
  backupTimestamp: gauge(
    "maestro_backup_timestamp_seconds",
    "When the stack was last backed up, as Unix time.",
  ),
  secretExpiry: gauge(
    "maestro_secret_expiry_timestamp_seconds",
    "When a secret ends by the stack's configuration, as Unix time.",
    ["service", "secret"],
  ),
  logLag: gauge(
    "maestro_log_lag_seconds",
    "How long ago the oldest line was written that is not kept yet; where nothing can be kept, since when.",
  ),
} as const satisfies Record<string, MetricName>;

/** Path under which the exporter names the services' own `/metrics` to Prometheus (`http_sd_configs`). */
export const SERVICE_TARGETS = "/targets";

function counter(name: string, help: string, labels: readonly string[]): MetricName {
  return { name, type: "counter", help, labels };
}

function gauge(name: string, help: string, labels: readonly string[] = []): MetricName {
  return { name, type: "gauge", help, labels };
}
