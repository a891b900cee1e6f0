import type { Host } from "../../host/host";
import type { HostDirectory } from "../../host/hostDirectory";
import { parseAlembic } from "../../rules/database/alembicCommand";
import { findDestructive } from "../../rules/database/destructiveStatements";
import type { MigrationInput } from "../../rules/stepInput";
import { leadsToEnd } from "../../rules/database/schemaOutlook";
import { sameRevisions, type SchemaRecords } from "../../rules/database/schemaVerdict";
import { backUp, isOnOwnServer } from "./backup";
import { pendingSql, unknownRevision } from "./pendingSql";

/**
 * Takes a backup of a service's database where its pending migrations are destructive, or always, as configured. An
 * image that does not know where its database is runs nothing there, so it needs none.
 */
export async function backUpBefore(
  host: Host,
  directory: HostDirectory,
  input: MigrationInput,
  service: string,
): Promise<void> {
  const reason = await reasonForBackup(host, await directory.records.readSchemas(), input, service);
  if (reason === null) return;
  const file = await backUp(host, input, service);
  console.log(`${service}: backup ${file}${reason}`);
}

/** Why a backup is due, as the end of a line; null: it is not. */
export async function reasonForBackup(
  host: Host,
  { present, images }: SchemaRecords,
  input: MigrationInput,
  service: string,
): Promise<string | null> {
  const { backup } = input.migrations;
  const { command, digest } = input.services[service]!;
  const before = present[service];
  if (backup === "never" || before?.revisions.length === 0) return null;
  // Of a command that reports no revisions nothing is ever known; nor of a database before its first migration.
  if (backup === "always") return before || (await isOnOwnServer(input, service)) ? "" : null;
  if (parseAlembic(command) === null) {
    console.log(
      `${service}: it is unknown whether \`${command.join(" ")}\` is destructive, so no backup is taken before it; ` +
        `maestro:migrations.backup: always takes one`,
    );
    return null;
  }
  if (before === undefined) return null;
  const image = images[`${service}@${digest}`];
  if (image && leadsToEnd(command) && sameRevisions(image.heads, before.revisions)) return null;
  if (image && before.revisions.some((revision) => !image.known.includes(revision))) return null;
  const pending = await pendingSql(host, input, service, before.revisions);
  if ("untold" in pending) return untoldReason(input, service, before.revisions, pending.untold);
  const found = findDestructive(pending.sql);
  for (const { kind, statement, advice } of found) {
    console.log(`${service}: destructive (${kind}): ${statement}; ${advice}`);
  }
  return found.length > 0 ? "" : null;
}

async function untoldReason(
  input: MigrationInput,
  service: string,
  present: readonly string[],
  why: string,
): Promise<string | null> {
  const unknown = unknownRevision(why);
  if (unknown !== null && present.includes(unknown)) return null;
  if (await isOnOwnServer(input, service)) return `, since its SQL cannot be told (${why})`;
  console.log(
    `${service}: whether its migration is destructive cannot be told (${why}), and no backup is taken here: its database ` +
      `is not on the stack's own server`,
  );
  return null;
}
