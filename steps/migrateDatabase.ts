import { withHost } from "../host/connectHost";
import type { Host } from "../host/host";
import { HostDirectory } from "../host/hostDirectory";
import type { MigrationInput } from "../rules/stepInput";
import { parseAlembic } from "../rules/database/alembicCommand";
import type { SchemaReport } from "../rules/database/schemaReport";
import { recordBegin, recordReport } from "../rules/database/schemaVerdict";
import { backUpBefore } from "./migrations/backUpBefore";
import { backUpRelease } from "./migrations/backUpRelease";
import { knownRevisions } from "./migrations/knownRevisions";
import { inWaves } from "./migrations/inWaves";
import { unknownRevision } from "./migrations/pendingSql";
import {
  isRunningFor,
  migrationContainer,
  MigrationFailed,
  runMigration,
} from "./migrations/runMigration";
import { elapsed } from "../targets/timing";
import { duringUpdate } from "./shared/duringUpdate";
import { readInput } from "./shared/input";
import { describeMigration, noteMigration } from "./shared/noteMigration";

/**
 * Runs between the secrets and the containers of the idle set: every service's migration, once, in the new image. A
 * failure stops the update; what has been migrated stays, is recorded, and is not done again.
 */
export async function main(): Promise<number> {
  const input = readInput<MigrationInput>("migrateDatabase");
  return withHost(input.host, async (host) => {
    const directory = new HostDirectory(host, input.directory);
    const { records } = directory;
    return duringUpdate({ records, release: input.release }, () =>
      migrateAll(host, directory, input),
    );
  });
}

async function migrateAll(
  host: Host,
  directory: HostDirectory,
  input: MigrationInput,
): Promise<number> {
  if ((await directory.edge.readActiveColor()) === input.color) {
    throw new Error(
      `${input.color} serves users: the traffic was moved after this update was planned; run it again`,
    );
  }
  if (input.backups) await backUpRelease(host, directory, input, input.backups);
  const { failures } = await inWaves(input.services, (service) =>
    migrate(host, directory, input, service),
  );
  return failures.length > 0 ? explain(failures, input) : 0;
}

async function migrate(
  host: Host,
  directory: HostDirectory,
  input: MigrationInput,
  service: string,
): Promise<void> {
  const start = performance.now();
  const settings = input.services[service]!;
  const container = migrationContainer(input.prefix, service);
  const isRunning = () =>
    host.engine().then((e) => isRunningFor(e, container, input.release, settings.command));
  // One that a killed deployer has left running is past the moment for a backup.
  if (!input.backups && !(await isRunning())) await backUpBefore(host, directory, input, service);
  const records = await directory.records.readSchemas();
  const { begun } = records;
  const present = records.present[service];
  // Whichever image has begun it: it may have got further than anybody was told.
  const resumes = begun?.[service] !== undefined;
  const begin = (digest: string | null) =>
    directory.records.changeSchemas((records) => recordBegin(records, service, digest));
  const remember = async (report: SchemaReport | null) => {
    if (report === null) return;
    const of = { service, digest: settings.digest, release: input.release };
    // Read again: services of the same wave write here, too.
    await directory.records.changeSchemas((records) =>
      recordReport(records, of, report, new Date().toISOString()),
    );
    await noteMigration(directory.records, { service, release: input.release }, report);
  };
  await begin(settings.digest);
  try {
    const { report } = await runMigration(host, input, service, {
      command: settings.command,
      purpose: "migrate",
      present,
      known: await knownRevisions(host, input, service, records),
      seen: present && { revisions: present.revisions, resumes },
    });
    await remember(report);
    await begin(null);
    const step = report ? describe(report) : "done (its command reports no revisions)";
    console.log(`${service}: ${step} in ${elapsed(start)}`);
  } catch (error) {
    if (!(error instanceof MigrationFailed)) throw error;
    await remember(error.report);
    leaveLater(input, service, error);
    await begin(null);
  }
}

/**
 * An `env.py` without `maestro-core-db` fails on a database that is at a later revision. Where the operator has declared
 * that one compatible, the database is left as it is, as the guarded one does.
 *
 * @throws MigrationFailed when that is not what is wrong.
 */
function leaveLater(input: MigrationInput, service: string, failure: MigrationFailed): void {
  const revision = unknownRevision(failure.lastLine);
  const isPlain = failure.report === null && parseAlembic(input.services[service]!.command);
  if (revision === null || !isPlain) throw failure;
  const declared = input.migrations.compatible[service] ?? [];
  if (!declared.includes(revision)) {
    throw new MigrationFailed(
      `${failure.message}\n  its database is at revision ${revision}, which this image does not know; go down first with ` +
        `\`npm run migrate -- down --service ${service}\`, or, if this image works with it, declare it in ` +
        `maestro:migrations.compatible.${service}: [${revision}]`,
      null,
    );
  }
  console.log(
    `${service}: its database is at revision ${revision}, which is later than this image's, and declared compatible: ` +
      `left as it is`,
  );
}

function describe({ before, after }: SchemaReport): string {
  const names = (revisions: readonly string[]) => revisions.join(", ") || "nothing";
  return names(before) === names(after)
    ? `at revision ${names(after)}, nothing to migrate`
    : `migrated ${describeMigration(before, after)}`;
}

function explain(failures: readonly Error[], { release }: MigrationInput): number {
  for (const failure of failures) console.error(failure.message);
  console.error(
    `release ${release} is not placed; users still get the release they had. Mend the cause and run the update again: ` +
      `what was migrated already is not done twice`,
  );
  return 1;
}
