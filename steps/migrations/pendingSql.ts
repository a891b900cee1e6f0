import type { Host } from "../../host/host";
import { parseAlembic } from "../../rules/database/alembicCommand";
import type { MigrationInput } from "../../rules/stepInput";
import { commonSections, offlineRanges } from "../../rules/database/offlineSql";
import { MigrationFailed, runMigration, type MigrationRun } from "./runMigration";

/** What Alembic says of a revision that an image does not have. */
const CANNOT_LOCATE = /Can't locate revision identified by '([^']+)'/;

/** The SQL that a migration would run; or why nobody can tell. */
export type PendingSql = { readonly sql: string } | { readonly untold: string };

/**
 * The SQL that a service's migration would run, from offline mode in the new image. That it cannot be told says nothing
 * about the migration: revisions may ask the database for data, which offline mode does not have.
 *
 * @param from revisions the database is at; empty: none.
 */
export async function pendingSql(
  host: Host,
  input: MigrationInput,
  service: string,
  from: readonly string[],
): Promise<PendingSql> {
  const { command } = input.services[service]!;
  const alembic = parseAlembic(command);
  if (alembic === null) return { untold: `\`${command.join(" ")}\` is not \`alembic upgrade\`` };
  const { base, target } = alembic;
  const texts: string[] = [];
  try {
    for (const range of offlineRanges(from, target)) {
      const run: MigrationRun = {
        command: [...base, "upgrade", range, "--sql"],
        purpose: "plan",
      };
      texts.push((await runMigration(host, input, service, run)).stdout);
    }
  } catch (error) {
    if (!(error instanceof MigrationFailed)) throw error;
    return { untold: error.lastLine };
  }
  return { sql: commonSections(texts) };
}

/** The revision that an image was asked for and does not have; null: that is not what is wrong. */
export function unknownRevision(message: string): string | null {
  return CANNOT_LOCATE.exec(message)?.[1] ?? null;
}
