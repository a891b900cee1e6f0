import type { Host } from "../../host/host";
import { readHistory } from "../../host/readRevisions";
import type { MigrationInput } from "../../rules/stepInput";
import type { HistoryRevision } from "../../rules/database/alembicHistory";
import type { SchemaRecords } from "../../rules/database/schemaVerdict";

/** What an image has of revisions, newest first; null: its migration is not `alembic upgrade`, so nobody can ask it. */
export async function historyIn(
  host: Host,
  input: MigrationInput,
  service: string,
): Promise<readonly HistoryRevision[] | null> {
  return readHistory(await host.engine(), input.services[service]!, input.prefix);
}

/**
 * Revisions that a service's image is known to have: by the records, else by asking it where its database is at a long
 * way from nothing; undefined: nobody can tell.
 */
export async function knownRevisions(
  host: Host,
  input: MigrationInput,
  service: string,
  { present, images }: SchemaRecords,
): Promise<readonly string[] | undefined> {
  const recorded = images[`${service}@${input.services[service]!.digest}`]?.known;
  // A short way back is told whole.
  if (recorded || (present[service]?.known?.length ?? 0) < TOLD_WHOLE) return recorded;
  const history = await historyIn(host, input, service).catch(() => null);
  return history?.map(({ revision }) => revision);
}

/** Fewer revisions than these always fit into a variable. */
const TOLD_WHOLE = 500;
