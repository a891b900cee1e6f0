import { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { BackupManifest, OtherDump } from "../../rules/backups/manifest";
import { runCommand } from "../../steps/backups/otherDatabases";
import { openPart } from "../../steps/backups/storedParts";
import { noteEvent } from "../../steps/shared/noteEvent";
import type { BackupContext } from "./context";

/** The dumps of a backup that commands have written. @param service whose alone are meant; undefined: all. */
export function othersIn(
  { others = [] }: BackupManifest,
  service: string | undefined,
): readonly OtherDump[] {
  return others.filter((each) => service === undefined || each.service === service);
}

/** Those that a restore puts back, and those that nobody but an operator can. */
export function splitOthers(
  { source }: BackupContext,
  others: readonly OtherDump[],
): { readonly restorable: readonly OtherDump[]; readonly byHand: readonly OtherDump[] } {
  const { settings, record } = source();
  const can = ({ database, service }: OtherDump) =>
    settings.databases?.[database]?.restore !== undefined && record.services[service] !== undefined;
  return { restorable: others.filter(can), byHand: others.filter((each) => !can(each)) };
}

/** How an operator puts a dump back. */
export function wayByHand(
  { store }: BackupContext,
  { encryption }: BackupManifest,
  { database, file }: OtherDump,
): string {
  const read = encryption === "none" ? "" : ", which `age -d -i <key file>` opens,";
  return (
    `database ${database}: is put back by hand, since maestro:backups.databases.${database} has no restore command for ` +
    `what serves: give ${store.nameOf(file)}${read} to its server`
  );
}

/**
 * Reads a dump to its end and compares its checksum, then asks its own command, where it has one.
 *
 * @returns whether a command has looked at it.
 * @throws Error when it is not what was written, or the command says so.
 */
export async function verifyOther(
  context: BackupContext,
  { encryption }: BackupManifest,
  dump: OtherDump,
  key: string | undefined,
): Promise<boolean> {
  const part = await openPart(context.store, dump, encryption, key);
  await pipeline(part.content, new Writable({ write: (_chunk, _encoding, done) => done() }));
  part.check();
  const source = context.source();
  const command = source.settings.databases?.[dump.database]?.verify;
  if (command === undefined || source.record.services[dump.service] === undefined) return false;
  const { content: input } = await openPart(context.store, dump, encryption, key);
  await runCommand(context.host, source, dump.database, { command, input });
  return true;
}

/**
 * Has commands put dumps back, one after the other; each was verified before.
 *
 * @throws Error naming what is restored and what is not.
 */
export async function restoreOthers(
  context: BackupContext,
  manifest: BackupManifest,
  dumps: readonly OtherDump[],
  key: string | undefined,
  safety: string,
): Promise<void> {
  const source = context.source();
  const done: string[] = [];
  for (const dump of dumps) {
    const { database, service } = dump;
    const command = source.settings.databases![database]!.restore!;
    try {
      const part = await openPart(context.store, dump, manifest.encryption, key);
      await runCommand(context.host, source, database, { command, input: part.content });
      part.check();
    } catch (error) {
      const before = done.length === 0 ? "" : ` (restored before it: ${done.join(", ")})`;
      throw new Error(
        `${(error as Error).message}\ndatabase ${database} may be restored in part${before}; mend what is wrong, then restore ` +
          `${manifest.name} again, or ${safety}, which is of before`,
      );
    }
    await noteEvent(context.directory.records, {
      ...{ kind: "restored", service, release: source.record.id },
      reason: `its database ${database} from backup ${manifest.name}; before it: ${safety}`,
    });
    done.push(database);
  }
}
