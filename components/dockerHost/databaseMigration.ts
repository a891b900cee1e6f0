import * as pulumi from "@pulumi/pulumi";
import type { BackupSettings } from "../../rules/backups/backupSettings";
import type { HostAddress } from "../../rules/host/hostAddress";
import { migrationServices } from "../../rules/database/migrationServices";
import type { MigrationSettings } from "../../rules/stepInput";
import type { Color, ReleaseRecord } from "../../release/release";
import type { SecretsSettings } from "../../rules/serviceSecrets";
import { createOperation } from "../hostOperation";
import { stepCommand } from "../../config/stepCommand";

export interface DatabaseMigrationArgs {
  readonly color: Color;
  readonly placement: number;
  readonly record: ReleaseRecord;
  readonly prefix: string;
  readonly directory: string;
  readonly host: HostAddress | null;
  readonly stack: string;
  readonly secrets: SecretsSettings;
  readonly migrations: MigrationSettings;
  /** Where a backup goes before them; null: see `MigrationSettings.backup`. */
  readonly backups: BackupSettings | null;
  /** False: the set is left as it is. */
  readonly touch: boolean;
  /** The stack's own server; null: every DATABASE_URL names another one. */
  readonly postgres: pulumi.Resource | null;
  /** What comes first: the claim and the secrets. */
  readonly after: readonly pulumi.Resource[];
}

/**
 * Migrates the databases of a release that is about to be placed: each service's command runs once, in the NEW image,
 * with the release's secrets and network, before any container of its set is made. The old set serves on; a migration
 * that fails stops the update, so nothing is switched, and the next update takes it up again.
 */
export class DatabaseMigration extends pulumi.ComponentResource {
  /** What each migration did, a line a service. */
  public readonly report: pulumi.Output<string>;

  constructor(
    name: string,
    args: DatabaseMigrationArgs,
    opts: pulumi.ComponentResourceOptions = {},
  ) {
    super("maestro:components:DatabaseMigration", name, {}, opts);
    // A set that is not placed in this update is not migrated either.
    const ignoreChanges = args.touch ? [] : ["*"];
    const dependsOn = [...args.after, ...(args.postgres ? [args.postgres] : [])];
    const { prefix, directory, host, stack, color, placement, record, secrets, migrations } = args;
    const input = {
      prefix,
      directory,
      ...(host ? { host } : {}),
      stack,
      color,
      placement,
      release: record.id,
      secrets,
      migrations,
      ...(args.backups ? { backups: args.backups } : {}),
      services: migrationServices(args),
    };
    const common = { parent: this, ignoreChanges };
    const databases = args.postgres
      ? [
          createOperation(
            `${name}-databases`,
            "provisionDatabases",
            input,
            { ...common, dependsOn },
            { delete: stepCommand("settleDatabases") },
          ),
        ]
      : [];
    const run = createOperation(`${name}-run`, "migrateDatabase", input, {
      ...common,
      dependsOn: [...args.after, ...databases],
    });
    this.report = run.stdout;
    this.registerOutputs({ report: this.report });
  }
}
