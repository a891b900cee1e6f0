import { withHost } from "../host/connectHost";
import type { Host } from "../host/host";
import { HostDirectory } from "../host/hostDirectory";
import type { MigrationInput } from "../release/operationInput";
import { recordBegin, recordReport, type SchemaReport } from "../release/schemaVerdict";
import { backUpBefore } from "./migrations/backup";
import { inWaves } from "./migrations/inWaves";
import {
  isRunningFor,
  migrationContainer,
  MigrationFailed,
  runMigration,
} from "./migrations/runMigration";
import { elapsed, readInput } from "./shared/input";

/**
 * Runs between the secrets and the containers of the idle set: every service's migration, once, in the new image. A
 * failure stops the update; what has been migrated stays, is recorded, and is not done again.
 */
export async function main(): Promise<number> {
  const input = readInput<MigrationInput>();
  return withHost(input.host, async (host) => {
    const directory = new HostDirectory(host, input.directory);
    if ((await directory.readActiveColor()) === input.color) {
      throw new Error(
        `${input.color} serves users: the traffic was moved after this update was planned; run it again`,
      );
    }
    const { failures } = await inWaves(input.services, (service) =>
      migrate(host, directory, input, service),
    );
    return failures.length > 0 ? explain(failures, input) : 0;
  });
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
  // One that a killed deployer has left running is past the moment for a backup.
  if (!(await isRunningFor(await host.engine(), container, input.release, settings.command))) {
    await backUpBefore(host, directory, input, service);
  }
  const { present, begun } = await directory.readSchemas();
  const known = present[service];
  // Whichever image has begun it: it may have got further than anybody was told.
  const resumes = begun?.[service] !== undefined;
  const begin = (digest: string | null) =>
    directory.changeSchemas((records) => recordBegin(records, service, digest));
  const remember = async (report: SchemaReport | null) => {
    if (report === null) return;
    const of = { service, digest: settings.digest, release: input.release };
    // Read again: services of the same wave write here, too.
    await directory.changeSchemas((records) =>
      recordReport(records, of, report, new Date().toISOString()),
    );
  };
  await begin(settings.digest);
  try {
    const { report } = await runMigration(host, input, service, {
      command: settings.command,
      purpose: "migrate",
      present: known,
      seen: known && { revisions: known.revisions, resumes },
    });
    await remember(report);
    await begin(null);
    const step = report ? describe(report) : "done (its command reports no revisions)";
    console.log(`${service}: ${step} in ${elapsed(start)}`);
  } catch (error) {
    if (error instanceof MigrationFailed) await remember(error.report);
    throw error;
  }
}

function describe({ before, after }: SchemaReport): string {
  const names = (revisions: readonly string[]) => revisions.join(", ") || "nothing";
  return names(before) === names(after)
    ? `at revision ${names(after)}, nothing to migrate`
    : `migrated from ${names(before)} to ${names(after)}`;
}

function explain(failures: readonly Error[], { release }: MigrationInput): number {
  for (const failure of failures) console.error(failure.message);
  console.error(
    `release ${release} is not placed; users still get the release they had. Mend the cause and run the update again: ` +
      `what was migrated already is not done twice`,
  );
  return 1;
}
