import { stringify } from "yaml";
import { CONFIG_MOUNT, OBSERVER_PORTS } from "./layout";

/** What Loki is told of the stack. */
export interface LokiConfigInput {
  /** Where it keeps lines. */
  readonly directory: string;
  readonly retentionDays: number;
  /** Limit of its container. */
  readonly memoryMegabytes: number;
}

/** File of Loki's configuration, as its container sees it. */
export const LOKI_CONFIG = `${CONFIG_MOUNT}/loki.yml`;

/**
 * First day of the format in which lines are stored. It never changes: Loki would no longer find what is stored by then.
 */
const SCHEMA_FROM = "2020-01-01";
/** What one stack's exporter may bring, in megabytes a second: after an outage, all that waits comes at once. */
const MOST_MEGABYTES = 64;
/** More than a stack of hundreds of services has, by set, release, replica, level and stream. */
const MOST_STREAMS = 50_000;
/** Share of its memory that lines may take which Loki reads again after a kill. */
const REPLAY_SHARE = 0.5;

/**
 * Configuration of Loki as one program with its lines in files. It was never run here: field by field it follows Loki's
 * reference (tests/foreign/loki).
 */
export function renderLokiConfig(input: LokiConfigInput): string {
  const { directory, retentionDays, memoryMegabytes } = input;
  const [own, ring] = ["127.0.0.1", { kvstore: { store: "inmemory" } }];
  return stringify({
    // Nobody but the host's loopback and Prometheus reaches it; see layout.ts.
    auth_enabled: false,
    analytics: { reporting_enabled: false },
    server: {
      http_listen_port: OBSERVER_PORTS.lokilogs,
      // Its parts talk to each other inside of the program.
      grpc_listen_address: own,
      log_level: "warn",
    },
    common: {
      ...{ instance_addr: own, replication_factor: 1, ring },
      path_prefix: directory,
      storage: {
        filesystem: {
          chunks_directory: `${directory}/chunks`,
          rules_directory: `${directory}/rules`,
        },
      },
    },
    schema_config: {
      configs: [
        {
          ...{ from: SCHEMA_FROM, store: "tsdb", object_store: "filesystem", schema: "v13" },
          // Retention works on days.
          index: { prefix: "index_", period: "24h" },
        },
      ],
    },
    storage_config: {
      tsdb_shipper: {
        active_index_directory: `${directory}/tsdb-index`,
        cache_location: `${directory}/tsdb-cache`,
      },
    },
    ingester: {
      // It is the only one, and so need not wait for others: else it says for 15 seconds that it is not ready.
      lifecycler: { min_ready_duration: "0s" },
      wal: {
        dir: `${directory}/wal`,
        replay_memory_ceiling: `${Math.floor(memoryMegabytes * REPLAY_SHARE)}MB`,
      },
    },
    // What waited for hours is old, and in memory all the same: the exporter asks for it to know where to go on.
    querier: { query_ingesters_within: "0s" },
    compactor: {
      working_directory: `${directory}/compactor`,
      // Without these lines stay for ever, whatever the period says.
      ...{ retention_enabled: true, delete_request_store: "filesystem" },
    },
    limits_config: {
      retention_period: `${retentionDays * 24}h`,
      // What a container wrote while nobody read it comes late, as old as it is.
      reject_old_samples: false,
      allow_structured_metadata: true,
      // Where the newest line of a container is, is asked of all that is kept.
      max_query_length: "0s",
      ...{ ingestion_rate_mb: MOST_MEGABYTES, ingestion_burst_size_mb: 2 * MOST_MEGABYTES },
      // Not less than of all streams: a push would be kept in part, and what is missing in it not be noticed.
      per_stream_rate_limit: `${MOST_MEGABYTES}MB`,
      per_stream_rate_limit_burst: `${2 * MOST_MEGABYTES}MB`,
      max_global_streams_per_user: MOST_STREAMS,
    },
    ruler: { rule_path: `${directory}/rules-temporary`, enable_api: false },
  });
}
