import { besideName, swapSql } from "../../rules/backups/databaseScripts";
import type { BackupManifest, DumpedDatabase, OtherDump } from "../../rules/backups/manifest";
import { findUnfitSchema } from "../../rules/backups/restoreFit";
import { askServer, listDatabases } from "../../steps/backups/ownServer";
import { databasesOf, takeBackup, type SharedDatabase } from "../../steps/backups/takeBackup";
import { noteEvent } from "../../steps/shared/noteEvent";
import { statusOf } from "../migrations/databaseStatus";
import type { BackupContext } from "./context";
import { othersIn, restoreOthers, splitOthers, verifyOther, wayByHand } from "./otherDatabases";
import { dropScratch, restoreScratch } from "./restoreScratch";

/** A database of a backup, and the one in use that it would take the place of. */
export interface RestorePair {
  readonly dumped: DumpedDatabase;
  readonly live: SharedDatabase;
}

/** What is to be put back. */
export interface RestoreWish {
  readonly pairs: readonly RestorePair[];
  readonly others: readonly OtherDump[];
}

/** What a restore has done. */
export interface RestoreResult {
  readonly backup: string;
  /** Backup of what was there before. */
  readonly safety: string;
  readonly databases: readonly string[];
  /** Databases as they were, under the names that they have now. */
  readonly replaced: readonly string[];
  /** Databases that their own commands have put back. @default - none */
  readonly others?: readonly string[];
  /** How the others are put back by hand, a line each. @default - there are none */
  readonly byHand?: readonly string[];
}

/**
 * The databases of a backup beside those in use.
 *
 * @param service whose database alone is meant; undefined: all.
 * @throws Error naming every one that is not in use any more, or not in the backup.
 */
export async function pairDatabases(
  context: BackupContext,
  manifest: BackupManifest,
  service: string | undefined,
): Promise<RestorePair[]> {
  const source = context.source();
  if (manifest.stack !== source.prefix) {
    throw new Error(`backup ${manifest.name}: is of ${manifest.stack}, not of ${source.prefix}`);
  }
  const wanted = manifest.databases.filter(
    ({ services }) => service === undefined || services.includes(service),
  );
  if (wanted.length === 0 && othersIn(manifest, service).length > 0) return [];
  if (wanted.length === 0) {
    const known = [
      ...manifest.databases.flatMap(({ services }) => services),
      ...othersIn(manifest, undefined).map((other) => other.service),
    ];
    throw new Error(
      service === undefined
        ? `backup ${manifest.name}: holds no database`
        : `--service: backup ${manifest.name} holds no database of ${service}; it holds ${known.join(", ") || "none"}`,
    );
  }
  const live = await databasesOf(context.host, source);
  const missing = wanted.filter((each) => !live.some(({ database }) => database === each.database));
  if (missing.length > 0) {
    throw new Error(
      missing
        .map(
          ({ database }) =>
            `database ${database}: what serves does not use it; name services by --service`,
        )
        .join("\n"),
    );
  }
  return wanted.map((dumped) => ({
    dumped,
    live: live.find(({ database }) => database === dumped.database)!,
  }));
}

/** Why a backup's schemas do not fit what serves, a line each. */
export async function findUnfit(
  { directory, settings, source }: BackupContext,
  manifest: BackupManifest,
  pairs: readonly RestorePair[],
): Promise<string[]> {
  const records = await directory.records.readSchemas();
  const { record } = source();
  return pairs
    .flatMap(({ live }) => live.services)
    .flatMap((service) => {
      const problem = findUnfitSchema({
        ...{ service, records, dumped: manifest.schemas[service] },
        digest: record.services[service]!.digest,
        compatible: settings.migrations.compatible[service] ?? [],
      });
      return problem ? [problem] : [];
    });
}

/**
 * Puts databases back: a backup of what is there first, then each into a scratch database, compared, and all of them in
 * the place of those in use at once; then those that only their own commands know. Whatever was written until then is in the safety backup, what was written meanwhile
 * in the databases that were replaced: they stay until the next restore.
 */
export async function restoreBackup(
  context: BackupContext,
  manifest: BackupManifest,
  { pairs, others }: RestoreWish,
  key: string | undefined,
  say: (text: string) => void,
): Promise<RestoreResult> {
  const { host, directory, source } = context;
  const { restorable, byHand } = splitOthers(context, others);
  for (const dump of restorable) {
    await verifyOther(context, manifest, dump, key);
    say(`database ${dump.database}: its dump is whole`);
  }
  const own = source();
  const reason = `before the restore of ${manifest.name}`;
  const order = { reason, spare: manifest.name };
  const safety = await takeBackup(host, directory.records, own, order);
  say(`safety backup ${safety.name}`);
  const names = pairs.map(({ live }) => live.database);
  try {
    for (const { dumped, live } of pairs) {
      await restoreScratch(context, manifest, dumped, live, { key, mark: safety.name });
      say(`database ${live.database}: restored beside the one in use, and compared`);
    }
  } catch (error) {
    for (const name of names) await dropScratch(context, name).catch(() => undefined);
    throw new Error(`${(error as Error).message}\nthe databases in use are as they were`);
  }
  if (names.length > 0) await swap(context, names, safety.name);
  const services = pairs.flatMap(({ live }) => live.services);
  for (const service of services) {
    await noteEvent(directory.records, {
      ...{ kind: "restored", service, release: own.record.id },
      reason: `its database from backup ${manifest.name}; before it: ${safety.name}`,
    });
  }
  await learnSchemas(context, services, say);
  await restoreOthers(context, manifest, restorable, key, safety.name);
  const replaced = names.map((name) => besideName("replaced", name));
  return {
    ...{ backup: manifest.name, safety: safety.name, databases: names, replaced },
    ...(restorable.length > 0 && { others: restorable.map(({ database }) => database) }),
    ...(byHand.length > 0 && { byHand: byHand.map((it) => wayByHand(context, manifest, it)) }),
  };
}

/** All of them or none; who did not hear of the end looks. */
async function swap(context: BackupContext, names: readonly string[], mark: string): Promise<void> {
  const { prefix } = context.source();
  try {
    await askServer(context.host, prefix, swapSql(names, mark));
  } catch (error) {
    const there = await listDatabases(context.host, prefix);
    if (!names.some((name) => there.includes(besideName("scratch", name)))) return;
    for (const name of names) await dropScratch(context, name).catch(() => undefined);
    throw new Error(`${(error as Error).message}\nno database was swapped`);
  }
}

/** Where the databases are now may be other revisions. */
async function learnSchemas(
  context: BackupContext,
  services: readonly string[],
  say: (text: string) => void,
): Promise<void> {
  for (const service of services.filter((each) => context.serving?.services[each])) {
    try {
      await statusOf(context, service);
    } catch (error) {
      say(
        `${service}: its revision is not known yet (${(error as Error).message}); ask it by \`maestro migrate status\``,
      );
    }
  }
}
