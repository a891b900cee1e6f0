import type { Host } from "../../host/host";
import type { MigrationInput } from "../../release/operationInput";
import { runMigration, type MigrationRun } from "./runMigration";

/** Command that all parts about SQL understand. */
const UPGRADE = ["alembic", "upgrade"];

/**
 * The SQL that a service's migration would run, from offline mode in the new image; null: its command is not
 * `alembic upgrade ...`, so nobody can tell.
 *
 * @param from revisions the database is at; empty: none.
 */
export async function pendingSql(
  host: Host,
  input: MigrationInput,
  service: string,
  from: readonly string[],
): Promise<string | null> {
  const [program, verb, target = "head"] = input.services[service]!.command;
  if (program !== UPGRADE[0] || verb !== UPGRADE[1]) return null;
  // Offline mode knows one line of migrations.
  const range = from.length === 1 ? `${from[0]}:${target}` : target;
  const run: MigrationRun = { command: [...UPGRADE, range, "--sql"], purpose: "plan" };
  return (await runMigration(host, input, service, run)).output;
}
