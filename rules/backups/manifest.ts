/** Rows of each table, by `schema.table`. */
export type RowCounts = Readonly<Record<string, number>>;

/** One file of a backup, as it is stored. */
export interface BackupPart {
  readonly file: string;
  readonly bytes: number;
  /** SHA-256 of the stored bytes, in hex. */
  readonly sha256: string;
}

/** A database's dump, and what must be in it. */
export interface DumpedDatabase extends BackupPart {
  /** Services that use it. */
  readonly services: readonly string[];
  readonly database: string;
  /** Counted in the snapshot that was dumped. */
  readonly rows: RowCounts;
}

/** What a command has dumped. */
export interface OtherDump extends BackupPart {
  /** As `maestro:backups.databases` calls it. */
  readonly database: string;
  readonly service: string;
}

/** What a stateful service has written of its data. */
export interface DumpedService extends BackupPart {
  readonly service: string;
  /** What ran then, by digest. */
  readonly image: string;
  /** `dump`: what its own command has written; `volume`: a tar of its volume, while it was stopped. */
  readonly form: "dump" | "volume";
}

/** Where a service's schema was. */
export interface DumpedSchema {
  readonly revisions: readonly string[];
  /** What the image that was asked last knew; null: it did not know the present one. */
  readonly known:
    | readonly {
        readonly revision: string;
        readonly down: readonly string[];
        readonly compatible: boolean;
      }[]
    | null;
}

/** What a backup consists of. It is written last, so a backup without one was never finished. */
export interface BackupManifest {
  readonly format: 1;
  readonly name: string;
  /** Prefix of the stack's names: `<project>-<stack>`. */
  readonly stack: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly by: string;
  /** Release that served, or was about to be placed; null: none. */
  readonly release: string | null;
  /** Why it was taken. */
  readonly reason: string;
  readonly encryption: "age" | "none";
  readonly databases: readonly DumpedDatabase[];
  /** Those that commands have dumped. @default - none */
  readonly others?: readonly OtherDump[];
  /** Stateful services whose data are in it; left out: none. */
  readonly services?: readonly DumpedService[];
  /** Service -> its schema, of those that report revisions. */
  readonly schemas: Readonly<Record<string, DumpedSchema>>;
  /** Configuration, the host's records and, where it was taken by hand, Pulumi's state: a tar. */
  readonly stackFiles: BackupPart;
}

const NAME = /^\d{8}T\d{6}Z-[0-9a-f]{4}$/;
const MANIFEST = ".manifest.json";

/** A backup's name: when it was begun, and what tells two of one second apart. */
export function backupName(at: Date, random: string): string {
  return `${at.toISOString().slice(0, 19).replace(/[-:]/g, "")}Z-${random}`;
}

/** Whether a text can be a backup's name: it becomes part of a path. */
export function isBackupName(name: string): boolean {
  return NAME.test(name);
}

export function manifestFile(name: string): string {
  return name + MANIFEST;
}

/** Names of the backups that are whole, by the files that are there, the newest first. */
export function wholeBackups(files: readonly string[]): string[] {
  return files
    .filter((file) => file.endsWith(MANIFEST))
    .map((file) => file.slice(0, -MANIFEST.length))
    .filter(isBackupName)
    .sort()
    .reverse();
}

/** When a backup was begun, by its name. */
export function backupTime(name: string): Date {
  const [, ...parts] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/.exec(name) ?? [];
  const [year, month, day, hour, minute, second] = parts;
  return new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

/** All files of a backup, the manifest first: without it the others are no backup any more. */
export function filesOf(name: string, files: readonly string[]): string[] {
  const manifest = manifestFile(name);
  const parts = files.filter((file) => file.startsWith(`${name}.`) && file !== manifest);
  return [...(files.includes(manifest) ? [manifest] : []), ...parts];
}

/** @throws Error when a manifest is damaged, or of a later version. */
export function parseManifest(name: string, text: string): BackupManifest {
  let found: Partial<BackupManifest>;
  try {
    found = JSON.parse(text) as Partial<BackupManifest>;
  } catch {
    throw new Error(`backup ${name}: its manifest is no JSON; it is damaged, take another one`);
  }
  if (found.format !== 1) {
    throw new Error(
      `backup ${name}: its manifest is of format ${JSON.stringify(found.format)}; this version reads 1`,
    );
  }
  if (found.name !== name || !Array.isArray(found.databases) || !found.stackFiles) {
    throw new Error(`backup ${name}: its manifest is not whole; it is damaged, take another one`);
  }
  return found as BackupManifest;
}

/** In what a restored database differs from the rows that were counted, a line each; empty: in nothing. */
export function findLostRows(wanted: RowCounts, found: RowCounts): string[] {
  const tables = [...new Set([...Object.keys(wanted), ...Object.keys(found)])].sort();
  return tables.flatMap((table) => {
    const [want, have] = [wanted[table], found[table]];
    if (want === have) return [];
    if (have === undefined) return [`table ${table} is missing`];
    if (want === undefined) return [`table ${table} was not in the backup`];
    return [`table ${table} has ${have} rows, wanted ${want}`];
  });
}
