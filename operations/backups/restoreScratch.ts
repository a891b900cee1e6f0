import { pipeline } from "node:stream/promises";
import { Writable } from "node:stream";
import {
  besideName,
  countSql,
  dropSql,
  parseRows,
  RESTORE_SHELL,
  scratchSql,
} from "../../rules/backups/databaseScripts";
import {
  findLostRows,
  type BackupManifest,
  type DumpedDatabase,
} from "../../rules/backups/manifest";
import { runClient } from "../../steps/backups/databaseClient";
import { askServer } from "../../steps/backups/ownServer";
import { openPart } from "../../steps/backups/storedParts";
import type { SharedDatabase } from "../../steps/backups/takeBackup";
import type { BackupContext } from "./context";

/**
 * Restores a database of a backup into a scratch one beside the one in use, and compares checksum, tables and rows with
 * the manifest.
 *
 * The mark says whose the scratch database is.
 *
 * @throws Error when anything differs; the scratch database is gone then.
 */
export async function restoreScratch(
  { host, store, source }: BackupContext,
  { encryption }: BackupManifest,
  dumped: DumpedDatabase,
  { use, database }: SharedDatabase,
  { key, mark }: { readonly key: string | undefined; readonly mark: string },
): Promise<void> {
  const { prefix } = source();
  const scratch = besideName("scratch", database);
  const part = await openPart(store, dumped, encryption, key);
  await askServer(host, prefix, scratchSql(database, scratch, mark));
  try {
    const { exitCode, stderr } = await runClient(await host.engine(), prefix, use, {
      ...{ script: RESTORE_SHELL, database: scratch, input: part.content },
      read: (stdout) =>
        pipeline(stdout, new Writable({ write: (_chunk, _encoding, done) => done() })),
    });
    if (exitCode !== 0) throw new Error(`pg_restore failed: ${stderr.slice(-2_000)}`);
    part.check();
    const rows = parseRows(await askServer(host, prefix, countSql(scratch)));
    const lost = findLostRows(dumped.rows, rows);
    if (lost.length > 0) throw new Error(lost.join("; "));
  } catch (error) {
    await askServer(host, prefix, dropSql(scratch)).catch(() => undefined);
    throw new Error(`database ${database}: is not restored: ${(error as Error).message}`);
  }
}

/** Takes a scratch database away. */
export async function dropScratch(
  { host, source }: BackupContext,
  database: string,
): Promise<void> {
  await askServer(host, source().prefix, dropSql(besideName("scratch", database)));
}
