/** When an update takes a backup by itself, before the release's migrations. */
export type BackupMoment = "always" | "destructive" | "never";

/** A database that is not on the stack's own PostgreSQL, and the commands that know it. */
export interface OtherDatabase {
  /** Whose network, user, environment and secrets the commands have. */
  readonly service: string;
  /** What they run in, by digest. @default - the service's own image */
  readonly image?: string;
  /** Writes a dump to standard output. */
  readonly dump: readonly string[];
  /** Puts a dump back that comes on standard input. @default - operators do, by hand */
  readonly restore?: readonly string[];
  /** Says by its exit code whether a dump on standard input is whole. @default - its checksum alone is compared */
  readonly verify?: readonly string[];
  /** After which each of them is stopped. @default 14400 */
  readonly timeoutSeconds?: number;
}

/** `maestro:backups`: where a stack's backups go, and how long they are kept. */
export interface BackupSettings {
  /** Absolute directory on the Docker host, or `s3://<bucket>/<prefix>`. */
  readonly to: string;
  /** Address of an S3-compatible store; left out: Amazon's. */
  readonly endpoint?: string;
  /** Region of the bucket; left out: the one that AWS clients find. */
  readonly region?: string;
  /** Public keys of age (`age1…`): whoever holds one of their private keys can read. Empty: not encrypted. */
  readonly recipients: readonly string[];
  readonly keep: {
    /** How many whole backups are kept. */
    readonly count: number;
    /** Age in days from which one goes; left out: none goes for its age. */
    readonly days?: number;
  };
  readonly before: BackupMoment;
  /** Age of the newest whole backup from which `maestro doctor` says that something is bad. @default - none */
  readonly maxAgeHours?: number;
  /** Name -> a database that others know. @default - none */
  readonly databases?: Readonly<Record<string, OtherDatabase>>;
}

/** Where an S3-compatible store keeps a stack's backups. */
export interface S3Place {
  readonly bucket: string;
  /** Without a slash at either end; may be empty. */
  readonly prefix: string;
}

/** The bucket and prefix in `to`; null: it is a directory. */
export function s3PlaceOf(to: string): S3Place | null {
  const [, bucket, prefix = ""] = /^s3:\/\/([^/]+)(?:\/(.*?)\/?)?$/.exec(to) ?? [];
  return bucket === undefined ? null : { bucket, prefix };
}
