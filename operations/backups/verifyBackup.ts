import { finished } from "node:stream/promises";
import type { BackupManifest } from "../../rules/backups/manifest";
import { openPart } from "../../steps/backups/storedParts";
import { requireKey, type BackupContext } from "./context";
import { dropScratch, restoreScratch } from "./restoreScratch";
import { pairDatabases } from "./restoreBackup";

/** What was found to be as its manifest says. */
export interface VerifiedBackup {
  readonly backup: string;
  readonly databases: readonly {
    readonly database: string;
    readonly tables: number;
    readonly rows: number;
  }[];
}

/**
 * Restores every database of a backup into a scratch one beside those in use, compares checksums, tables and rows, and
 * takes the scratch databases away.
 *
 * @throws Error naming what differs.
 */
export async function verifyBackup(
  context: BackupContext,
  manifest: BackupManifest,
  key: string | undefined,
): Promise<VerifiedBackup> {
  const { encryption, stackFiles, name } = manifest;
  requireKey(manifest, key);
  for (const part of [stackFiles, ...(manifest.services ?? [])]) {
    const files = await openPart(context.store, part, encryption, key);
    await finished(files.content.resume());
    files.check();
  }
  const pairs =
    manifest.databases.length === 0 ? [] : await pairDatabases(context, manifest, undefined);
  for (const { dumped, live } of pairs) {
    await restoreScratch(context, manifest, dumped, live, { key, mark: `verify ${name}` });
    await dropScratch(context, live.database);
  }
  const databases = manifest.databases.map(({ database, rows }) => ({
    database,
    tables: Object.keys(rows).length,
    rows: Object.values(rows).reduce((sum, count) => sum + count, 0),
  }));
  return { backup: name, databases };
}
