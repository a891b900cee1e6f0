import { findDestructive } from "../../release/destructiveStatements";
import type { MigrationInput } from "../../release/operationInput";
import {
  headsOf,
  recordPlan,
  recordReport,
  sameRevisions,
  type SchemaReport,
} from "../../release/schemaVerdict";
import { requireServing, selectServices, type MigrationContext } from "./context";
import { inWaves, sideBySide } from "./inWaves";
import { pendingSql } from "./pendingSql";
import { runMigration } from "./runMigration";

/** One service's database beside its image. */
export interface DatabaseStatus {
  readonly service: string;
  /** Revisions the database is at. */
  readonly present: readonly string[];
  /** Newest revisions that the serving image knows. */
  readonly head: readonly string[];
  /** How many revisions the image knows. */
  readonly known: number;
  readonly upToDate: boolean;
}

/** What a migration would run. */
export interface PlannedMigration {
  readonly service: string;
  readonly from: readonly string[];
  /** Null: the service's command is not `alembic upgrade`. */
  readonly sql: string | null;
  readonly destructive: readonly { kind: string; statement: string; advice: string }[];
}

/** Asks the databases themselves, through the images that serve. */
export async function statusOf(
  context: MigrationContext,
  service: string | undefined,
): Promise<DatabaseStatus[]> {
  const input = requireServing(context);
  return sideBySide(selectServices(input, service), async (name) => {
    const report = await ask(context, input, name, ["alembic", "current"]);
    const present = report?.after ?? [];
    const head = headsOf(report?.known ?? []);
    const upToDate = sameRevisions(present, head);
    return { service: name, present, head, known: report?.known.length ?? 0, upToDate };
  });
}

/**
 * What the next release's images would run on the databases as they are. It is remembered: the update of these images
 * refuses to run something else.
 */
export async function planOf(
  context: MigrationContext,
  service: string | undefined,
): Promise<PlannedMigration[]> {
  const { host, next, directory } = context;
  const { present } = await directory.readSchemas();
  return sideBySide(selectServices(next, service), async (name) => {
    const from = present[name]?.revisions ?? [];
    // What it shows is only about the image; secrets come with the release.
    const offline = withoutSecrets(next, name);
    const sql = await pendingSql(host, offline, name, from);
    const { digest } = next.services[name]!;
    await directory.changeSchemas((records) =>
      recordPlan(records, name, { digest, revisions: from, at: new Date().toISOString() }),
    );
    return { service: name, from, sql, destructive: findDestructive(sql ?? "") };
  });
}

/** Runs a command of Alembic's in the images that serve, in dependency order, and remembers what it came to. */
export async function migrateServing(
  context: MigrationContext,
  service: string | undefined,
  commandOf: (input: MigrationInput, service: string) => readonly string[],
): Promise<{ service: string; before: readonly string[]; after: readonly string[] }[]> {
  const input = requireServing(context);
  const wanted = new Set(selectServices(input, service));
  const services = Object.fromEntries(
    Object.entries(input.services).filter(([name]) => wanted.has(name)),
  );
  const { done, failures } = await inWaves(services, async (name) => {
    const report = await ask(context, input, name, commandOf(input, name));
    return { service: name, before: report?.before ?? [], after: report?.after ?? [] };
  });
  if (failures.length > 0) throw new Error(failures.map(({ message }) => message).join("\n"));
  return done;
}

/** Text that Alembic prints in the image that serves. */
export async function historyOf(
  context: MigrationContext,
  service: string | undefined,
): Promise<Record<string, string>> {
  const input = requireServing(context);
  const texts = await sideBySide(selectServices(input, service), async (name) => {
    const run = { command: ["alembic", "history"], purpose: "plan" as const };
    return [name, (await runMigration(context.host, input, name, run)).output] as const;
  });
  return Object.fromEntries(texts);
}

async function ask(
  { host, directory }: MigrationContext,
  input: MigrationInput,
  service: string,
  command: readonly string[],
): Promise<SchemaReport | null> {
  const { present } = await directory.readSchemas();
  const run = { command, purpose: "migrate" as const, present: present[service] };
  const { report } = await runMigration(host, input, service, run);
  if (report) {
    const of = { service, digest: input.services[service]!.digest, release: input.release };
    await directory.changeSchemas((records) =>
      recordReport(records, of, report, new Date().toISOString()),
    );
  }
  return report;
}

function withoutSecrets(input: MigrationInput, service: string): MigrationInput {
  const settings = { ...input.services[service]!, secretsSource: null };
  return { ...input, services: { ...input.services, [service]: settings } };
}
