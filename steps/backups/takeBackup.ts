import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { changeOrigin } from "../../config/changeOrigin";
import { instanceRoot, projectName } from "../../config/project";
import type { Host } from "../../host/host";
import { describeHold, isGone } from "../../records/stackHold";
import type { StackRecords } from "../../records/stackRecords";
import type { BackupSettings } from "../../rules/backups/backupSettings";
import {
  backupName,
  filesOf,
  manifestFile,
  type BackupManifest,
  type DumpedDatabase,
  type DumpedService,
} from "../../rules/backups/manifest";
import { outlivedBackups, unfinishedBefore } from "../../rules/backups/retention";
import { openStore } from "../../secretStore/openStore";
import { usesOf, type UseWithPassword } from "../databases/uses";
import { noteEvent } from "../shared/noteEvent";
import type { BackupSource } from "./backupSource";
import type { BackupStore } from "./backupStore";
import { dumpDatabase } from "./dumpDatabase";
import { openBackupStore } from "./openBackupStore";
import { dumpOthers } from "./otherDatabases";
import { listDatabases } from "./ownServer";
import { stackFilesOf } from "./stackFiles";
import { writePart } from "./storedParts";

/** Why a backup is taken, and what goes into it. */
export interface BackupOrder {
  /** For its manifest and the stack's events. */
  readonly reason: string;
  /** Pulumi's, as `pulumi stack export` prints it. @default - left out, as in the middle of an update */
  readonly state?: string;
  /** Stateful services that are about to be changed. @default - none */
  readonly services?: readonly ServiceDump[];
  /** Name of a backup that stays, however old it is: it is about to be restored. */
  readonly spare?: string;
}

/** How the data of a stateful service are read. */
export interface ServiceDump extends Pick<DumpedService, "service" | "image" | "form"> {
  /** Hands them over while they flow, and fails where they are not whole in the end. */
  readonly read: (use: (content: Readable) => Promise<void>) => Promise<void>;
}

/** A database on the stack's own server, and who uses it. */
export interface SharedDatabase {
  readonly database: string;
  readonly services: readonly string[];
  readonly use: UseWithPassword;
}

/**
 * Takes a backup: each database on the stack's own server and those that commands dump, then configuration, records and
 * state, and the manifest last, so that one which was killed is never taken for a whole one. Then those go that are not to be kept.
 *
 * @param order why, and what goes into it.
 */
export async function takeBackup(
  host: Host,
  records: StackRecords,
  source: BackupSource,
  { reason, state, spare, services = [] }: BackupOrder,
): Promise<BackupManifest> {
  const { stack, prefix, directory, record, settings } = source;
  const { recipients } = settings;
  const store = await openBackupStore(host, settings, prefix);
  const { at, by } = changeOrigin(() => undefined);
  const name = backupName(new Date(at), randomBytes(2).toString("hex"));
  const databases: DumpedDatabase[] = [];
  for (const { database, services, use } of await databasesOf(host, source)) {
    const target = { store, file: `${name}.${database}.dump`, recipients };
    databases.push({ ...(await dumpDatabase(host, prefix, use, target)), services, database });
  }
  const others = await dumpOthers(host, source, { store, name, recipients });
  const dumped = await dumpServices(store, name, services, recipients);
  const files = await stackFilesOf(host, stack, directory, state ?? null);
  const manifest: BackupManifest = {
    ...{ format: 1, name, stack: prefix, at, by, release: record.id, reason },
    encryption: recipients.length > 0 ? "age" : "none",
    databases,
    ...(others.length === 0 ? {} : { others }),
    ...(dumped.length > 0 && { services: dumped }),
    schemas: await schemasOf(records, databases),
    stackFiles: await writePart(store, `${name}.stack.tar`, Readable.from([files]), recipients),
  };
  await store.write(manifestFile(name), Readable.from([JSON.stringify(manifest, null, 2) + "\n"]));
  await noteEvent(records, {
    ...{ kind: "backed up", release: record.id },
    reason: `${name}, ${reason}`,
  });
  await removeOutlived(store, records, settings, spare);
  return manifest;
}

/** The databases on the stack's own server that a set uses, by name; none where there is no server. */
export async function databasesOf(
  host: Host,
  { stack, prefix, secrets, record }: BackupSource,
): Promise<SharedDatabase[]> {
  const store = await openStore({ secrets, stack, project: projectName(), root: instanceRoot() });
  const uses = await usesOf(store, prefix, record);
  if (Object.keys(uses).length === 0) return [];
  const there = new Set(await listDatabases(host, prefix));
  const found = new Map<string, { services: string[]; use: UseWithPassword }>();
  for (const [service, use] of Object.entries(uses)) {
    if (!there.has(use.database)) continue;
    const known = found.get(use.database) ?? { services: [], use };
    known.services.push(service);
    found.set(use.database, known);
  }
  return [...found].sort().map(([database, known]) => ({ database, ...known }));
}

/** Each into a file of its own. What one that fails has stored has no manifest and is nothing. */
async function dumpServices(
  store: BackupStore,
  name: string,
  services: readonly ServiceDump[],
  recipients: readonly string[],
): Promise<DumpedService[]> {
  const dumped: DumpedService[] = [];
  for (const { service, image, form, read } of services) {
    const file = `${name}.${service}.${form === "volume" ? "tar" : "data"}`;
    await read(async (content) => {
      dumped.push({ ...(await writePart(store, file, content, recipients)), service, image, form });
    });
  }
  return dumped;
}

async function schemasOf(
  records: StackRecords,
  databases: readonly DumpedDatabase[],
): Promise<BackupManifest["schemas"]> {
  const { present } = await records.readSchemas();
  const services = databases.flatMap((each) => each.services);
  return Object.fromEntries(
    services.flatMap((service) => {
      const schema = present[service];
      return schema ? [[service, { revisions: schema.revisions, known: schema.known }]] : [];
    }),
  );
}

/** A backup that is whole is none the worse for an older one that cannot be removed. */
async function removeOutlived(
  store: BackupStore,
  { holds }: StackRecords,
  { keep }: BackupSettings,
  spare: string | undefined,
): Promise<void> {
  try {
    const hold = spare === undefined ? await holds.read() : null;
    if (hold && !isGone(hold)) {
      console.error(`older backups stay this time, since one may be in use: ${describeHold(hold)}`);
      return;
    }
    const files = await store.list();
    for (const name of outlivedBackups(files, keep, new Date())) {
      for (const file of name === spare ? [] : filesOf(name, files)) await store.remove(file);
    }
  } catch (error) {
    console.error(`older backups are not removed: ${(error as Error).message}`);
  }
  await store.removeTorn?.(unfinishedBefore(new Date())).catch((error: Error) => {
    console.error(`parts of uploads that were cut off are not removed: ${error.message}`);
  });
}
