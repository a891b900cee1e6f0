import type { ListenPoint } from "./layout";

/** A server of the observability stack. */
export interface ServerSettings {
  /** Pinned by digest. */
  readonly image: string;
  /** On the Docker host, loopback alone: nothing of it asks for a login. */
  readonly listen: ListenPoint;
  readonly memoryMegabytes: number;
  /** How long it remembers, in days. */
  readonly retentionDays: number;
}

/** A server that bounds what it remembers by its size, too: the oldest goes first. */
interface BoundedServerSettings extends ServerSettings {
  readonly retentionGigabytes: number;
}

/** What watches a stack: `maestro:observability`. Nothing of it is part of a release. */
export interface ObservabilitySettings {
  /** `minimal`: metrics and alerts; `full`: logs too, and traces where `jaeger` is there. */
  readonly profile: "minimal" | "full";
  readonly prometheus: BoundedServerSettings & {
    /** How often metrics are asked for, in seconds. */
    readonly scrapeSeconds: number;
  };
  readonly alertmanager: ServerSettings;
  /** Keeps logs; there where the profile is full, or else {@link loki} is. */
  readonly victoriaLogs?: BoundedServerSettings;
  /** Keeps logs in place of {@link victoriaLogs}. */
  readonly loki?: ServerSettings;
  /** Takes and keeps traces; only with the profile full. */
  readonly jaeger?: ServerSettings;
  readonly exporter: {
    /** Port of `maestro metrics serve` on the stack's gateway, which containers of the stack alone reach. */
    readonly port: number;
  };
  /** Age in hours from which on the newest backup is too old; only of a stack that has backups. */
  readonly backupHours: number;
  /** Service -> secret -> when it ends, in UTC: `2027-01-31T00:00`. */
  readonly secretsEnd: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Services that tell metrics of their own -> where. */
  readonly scrape: Readonly<Record<string, { readonly path: string }>>;
}
