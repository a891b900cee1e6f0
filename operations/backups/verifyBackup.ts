import { finished } from "node:stream/promises";
import type { BackupManifest } from "../../rules/backups/manifest";
import { openPart } from "../../steps/backups/storedParts";
import { requireKey, type BackupContext } from "./context";
import { othersIn, verifyOther } from "./otherDatabases";
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
  /** Dumps that commands have written. @default - there are none */
  readonly others?: readonly {
    readonly database: string;
    /** A command has looked at it; false: its checksum alone was compared. */
    readonly isChecked: boolean;
  }[];
}

/**
 * Restores every database of a backup into a scratch one beside those in use, compares checksums, tables and rows, and
 * takes the scratch databases away. What commands have dumped is read to its end, and their own commands look at it.
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
  const others = [];
  for (const dump of othersIn(manifest, undefined)) {
    const isChecked = await verifyOther(context, manifest, dump, key);
    others.push({ database: dump.database, isChecked });
  }
  const databases = manifest.databases.map(({ database, rows }) => ({
    database,
    tables: Object.keys(rows).length,
    rows: Object.values(rows).reduce((sum, count) => sum + count, 0),
  }));
  return { backup: name, databases, ...(others.length > 0 && { others }) };
}
