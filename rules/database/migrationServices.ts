import { imageReference, type MigrationService } from "../stepInput";
import {
  canonicalJson,
  type Color,
  type Release,
  type ReleaseRecord,
  type ServiceRelease,
} from "../../release/release";
import {
  deliveredTo,
  environmentSecrets,
  secretFileVariables,
  secretsSource,
  type SecretsSettings,
} from "../serviceSecrets";

/** A set and the release whose databases are meant. */
export interface SetOfMigrations {
  readonly color: Color;
  readonly record: ReleaseRecord;
  /** Prefix of all names the stack uses on the Docker host. */
  readonly prefix: string;
  readonly secrets: SecretsSettings;
}

/** Services of a release that have a database. */
export function hasMigrations(release: Release): boolean {
  return Object.values(release.services).some(({ migration }) => migration !== null);
}

/** What is run for each service of a set, as its containers would be. */
export function migrationServices(args: SetOfMigrations): Record<string, MigrationService> {
  const { record } = args;
  return Object.fromEntries(
    Object.entries(record.services).flatMap(([service, settings]) => {
      if (settings.migration === null) return [];
      const delivered = deliveredTo(record, service);
      const variables = delivered ? environmentSecrets(settings) : [];
      const entry: MigrationService = {
        image: imageReference(settings),
        digest: settings.digest,
        command: settings.migration,
        user: settings.user,
        env: { ...settings.env, ...secretFileVariables(settings) },
        memoryMegabytes: settings.resources.memoryMegabytes,
        ...scratchOf(settings),
        secretsSource: secretsOf(args, service),
        secretVersion: delivered?.version ?? null,
        ...(variables.length > 0 ? { secretVariables: variables } : {}),
        ...(delivered?.login === undefined ? {} : { login: delivered.login }),
        after: settings.dependsOn.filter((other) => record.services[other]?.migration != null),
      };
      return [[service, entry]];
    }),
  );
}

/** Directory on the host with the secrets of a set's service; null: it has none. */
export function secretsOf(
  { color, record, prefix, secrets }: SetOfMigrations,
  service: string,
): string | null {
  const delivered = deliveredTo(record, service);
  return delivered && secretsSource(secrets.directory, prefix, color, service, delivered);
}

/** Left out where it is as everywhere: what an operation is told is part of the state. */
function scratchOf({ scratchPaths, imageVolumes }: ServiceRelease) {
  return {
    ...(canonicalJson(scratchPaths) === '["/tmp"]' ? {} : { scratchPaths }),
    ...(imageVolumes ? { imageVolumes } : {}),
  };
}
