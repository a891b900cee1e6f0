import { existsSync, readFileSync } from "node:fs";
import { text as readAll } from "node:stream/consumers";
import { stackPrefix } from "../../config/project";
import type { Settings } from "../../config/settings";
import {
  isBackupName,
  manifestFile,
  parseManifest,
  wholeBackups,
} from "../../rules/backups/manifest";
import type { BackupManifest } from "../../rules/backups/manifest";
import { BACKUP_KEY } from "../../steps/backups/ageCipher";
import type { BackupSource } from "../../steps/backups/backupSource";
import type { BackupStore } from "../../steps/backups/backupStore";
import { openBackupStore } from "../../steps/backups/openBackupStore";
import { useMigrations, type MigrationContext, type UseOptions } from "../migrations/context";

/** What a command on a stack's backups needs. */
export interface BackupContext extends MigrationContext {
  readonly store: BackupStore;
  /** @throws Error when nothing serves yet. */
  readonly source: () => BackupSource;
}

/** Opens a stack's store of backups and its host, does it, and ends the connection. See {@link useMigrations}. */
export function useBackups<T>(
  stack: string,
  action: (context: BackupContext) => Promise<T>,
  options?: UseOptions,
): Promise<T> {
  const act = async (context: MigrationContext) => {
    const { settings, host, servingColor: color, servingRecord: record } = context;
    const { backups, directory, secrets } = requireBackups(stack, settings);
    const prefix = stackPrefix(stack);
    const source = () => {
      if (record && color) {
        return { stack, prefix, directory, secrets, color, record, settings: backups };
      }
      throw new Error("nothing serves yet, so no database is in use; run `pulumi up` first");
    };
    return action({ ...context, source, store: await openBackupStore(host, backups, prefix) });
  };
  return useMigrations(stack, act, options);
}

/** Settings of a stack that is backed up. @throws Error when it is not. */
export function requireBackups(stack: string, settings: Settings) {
  const { backups, ...others } = settings;
  if (backups !== null) return { backups, ...others };
  throw new Error(
    `maestro:backups: stack ${stack} has none; say where they go, such as ` +
      "{ to: /var/backups/maestro, encrypt: [<public key of `maestro backup key`>] }",
  );
}

/** All whole backups, the newest first. */
export async function listBackups(store: BackupStore): Promise<BackupManifest[]> {
  const names = wholeBackups(await store.list());
  const found = await Promise.all(names.map((name) => readManifest(store, name)));
  return found.filter((manifest) => manifest !== null);
}

/** The backup that is named, or the latest. @throws Error when there is none. */
export async function findBackup(
  store: BackupStore,
  name: string | undefined,
): Promise<BackupManifest> {
  if (name !== undefined && !isBackupName(name)) {
    throw new Error(
      `${JSON.stringify(name)}: is no backup's name, such as 20260901T120000Z-3f2a; \`maestro backup list\` has them`,
    );
  }
  const [latest] = name === undefined ? wholeBackups(await store.list()) : [name];
  if (latest === undefined) throw new Error("there is no backup yet; take one by `maestro backup`");
  const found = await readManifest(store, latest);
  if (found) return found;
  throw new Error(`${latest}: no such backup; \`maestro backup list\` has those there are`);
}

async function readManifest(store: BackupStore, name: string): Promise<BackupManifest | null> {
  const content = await store.read(manifestFile(name));
  return content && parseManifest(name, await readAll(content));
}

/** The private key: of the file that is named, else of the environment; undefined: there is none. */
export function readKey(file: string | undefined): string | undefined {
  if (file === undefined) return process.env[BACKUP_KEY];
  if (existsSync(file)) return readFileSync(file, "utf8");
  throw new Error(`--key-file: no such file, got ${JSON.stringify(file)}`);
}

/** @throws Error when a backup is encrypted and there is no key. */
export function requireKey({ encryption, name }: BackupManifest, key: string | undefined): void {
  if (encryption === "none" || key !== undefined) return;
  throw new Error(
    `backup ${name} is encrypted; name the file with its key by --key-file, or put the key into ${BACKUP_KEY}`,
  );
}
