import { parseAlembic } from "../../rules/database/alembicCommand";
import { findDestructive } from "../../rules/database/destructiveStatements";
import type { MigrationInput } from "../../rules/stepInput";
import { schemaOutlook } from "../../rules/database/schemaOutlook";
import { findSchemaProblems } from "../../rules/database/schemaProblems";
import { recordPlan, type SchemaRecords } from "../../rules/database/schemaVerdict";
import { requireServing, selectServices, type MigrationContext } from "./context";
import { runAndRemember } from "./databaseStatus";
import { inWaves, sideBySide } from "../../steps/migrations/inWaves";
import { historyIn } from "../../steps/migrations/knownRevisions";
import { pendingSql } from "../../steps/migrations/pendingSql";
import { runMigration } from "../../steps/migrations/runMigration";

/** What a migration would run. */
export interface PlannedMigration {
  readonly service: string;
  readonly from: readonly string[];
  /** Null: nobody can tell; the note says why. */
  readonly sql: string | null;
  readonly note: string | null;
  readonly destructive: readonly { kind: string; statement: string; advice: string }[];
}

/** What a migration has done. */
export interface DoneMigration {
  readonly service: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
  /** False: its command reports no revisions. */
  readonly reports: boolean;
}

/**
 * What the next release's images would run on the databases as they are. It is remembered: the update of these images
 * refuses to run something else.
 *
 * @throws Error naming every service whose update would be refused.
 */
export async function planOf(
  context: MigrationContext,
  service: string | undefined,
): Promise<PlannedMigration[]> {
  const records = await context.directory.records.readSchemas();
  const names = selectServices(context.next, service);
  return sideBySide(names, (name) => planOfOne(context, records, name));
}

async function planOfOne(
  context: MigrationContext,
  records: SchemaRecords,
  service: string,
): Promise<PlannedMigration> {
  const { host, next, nextRelease, directory, settings } = context;
  const { command, digest } = next.services[service]!;
  const from = records.present[service]?.revisions ?? [];
  const planned = { service, from, sql: null, note: null, destructive: [] };
  const alembic = parseAlembic(command);
  if (alembic === null) {
    return { ...planned, note: `its command \`${command.join(" ")}\` is not \`alembic upgrade\`` };
  }
  const history = await historyIn(host, next, service).catch((error: Error) => error);
  const told = history instanceof Error || history === null ? [] : [[service, history] as const];
  const { compatible } = settings.migrations;
  const problems = findSchemaProblems({
    release: { ...nextRelease, services: { [service]: nextRelease.services[service]! } },
    // What was planned before is what is planned anew.
    records: { ...records, planned: {} },
    ...{ compatible, deploys: true, histories: new Map(told) },
  });
  if (problems.length > 0) throw new Error(problems.join("\n"));
  if (history instanceof Error) return { ...planned, note: history.message };
  const outlook = history && schemaOutlook(records.present[service], history, alembic.target);
  const isLater = outlook?.kind === "later";
  // What it shows is only about the image; secrets come with the release.
  const pending = isLater
    ? { sql: "" }
    : await pendingSql(host, withoutSecrets(next, service), service, from);
  if ("untold" in pending) return { ...planned, note: pending.untold };
  const { sql } = pending;
  await directory.records.changeSchemas((current) =>
    recordPlan(current, service, { digest, revisions: from, at: new Date().toISOString() }),
  );
  return {
    ...planned,
    sql,
    note: noteOn(records, service, isLater),
    destructive: findDestructive(sql),
  };
}

function noteOn({ present }: SchemaRecords, service: string, isLater: boolean): string | null {
  if (isLater) return "later than its image knows, and compatible: nothing is run";
  return present[service] ? null : "no migration of its database was reported yet";
}

/** Runs the migrations of the images that serve, in dependency order, and remembers what they came to. */
export async function migrateServing(
  context: MigrationContext,
  service: string | undefined,
): Promise<DoneMigration[]> {
  const input = requireServing(context);
  const wanted = new Set(selectServices(input, service));
  const services = Object.fromEntries(
    Object.entries(input.services).filter(([name]) => wanted.has(name)),
  );
  const { done, failures } = await inWaves(services, async (name) => {
    const { command } = services[name]!;
    const { report } = await runAndRemember(context, input, name, { command });
    const [before, after] = [report?.before ?? [], report?.after ?? []];
    return { service: name, before, after, reports: report !== null };
  });
  if (failures.length > 0) throw new Error(failures.map(({ message }) => message).join("\n"));
  return done;
}

/** Text that Alembic prints in the image that serves; of another tool, what it is. */
export async function historyOf(
  context: MigrationContext,
  service: string | undefined,
): Promise<Record<string, string>> {
  const input = requireServing(context);
  const texts = await sideBySide(selectServices(input, service), async (name) => {
    const { command } = input.services[name]!;
    const alembic = parseAlembic(command);
    if (alembic === null) {
      return [name, `\`${command.join(" ")}\` is not \`alembic upgrade\``] as const;
    }
    const run = { command: [...alembic.base, "history"], purpose: "plan" as const };
    const { stdout } = await runMigration(context.host, input, name, run);
    return [name, stdout.trim()] as const;
  });
  return Object.fromEntries(texts);
}

function withoutSecrets(input: MigrationInput, service: string): MigrationInput {
  const settings = { ...input.services[service]!, secretsSource: null, secretVariables: [] };
  return { ...input, services: { ...input.services, [service]: settings } };
}
