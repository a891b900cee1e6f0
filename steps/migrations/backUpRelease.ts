import type { Host } from "../../host/host";
import type { HostDirectory } from "../../host/hostDirectory";
import type { BackupSettings } from "../../rules/backups/backupSettings";
import type { MigrationInput } from "../../rules/stepInput";
import { reasonForBackup } from "./backUpBefore";
import { sideBySide } from "./inWaves";
import { isRunningFor, migrationContainer } from "./runMigration";

/**
 * Takes the stack's backup before a release's migrations, where `maestro:backups` wants one: `always`, or where any of
 * them is destructive or cannot be told. It is the one of the release by the stack's events.
 */
export async function backUpRelease(
  host: Host,
  directory: HostDirectory,
  input: MigrationInput,
  backups: BackupSettings,
): Promise<void> {
  const reason = await reasonOf(host, directory, input, backups);
  if (reason === null) return;
  const placement = await directory.records.readPlacement(input.color);
  if (placement?.number !== input.placement) {
    throw new Error(
      `${input.color} does not hold placement ${input.placement} any more: another update has taken the set; run this one again`,
    );
  }
  // Loaded only here: most releases need none.
  const { takeBackup } = await import("../backups/takeBackup");
  const { stack, prefix, secrets, color } = input;
  const { record } = placement;
  const { directory: root } = input;
  const source = { stack, prefix, secrets, color, record, directory: root, settings: backups };
  const { name, encryption } = await takeBackup(host, directory.records, source, { reason });
  console.log(`backup ${name}${encryption === "none" ? " (not encrypted)" : ""}, ${reason}`);
}

/** Why a backup is due; null: it is not. */
async function reasonOf(
  host: Host,
  { records }: HostDirectory,
  input: MigrationInput,
  { before }: BackupSettings,
): Promise<string | null> {
  const engine = await host.engine();
  const present = await records.readSchemas();
  const asked = { ...input, migrations: { ...input.migrations, backup: before } };
  const reasons = await sideBySide(Object.keys(input.services), async (service) => {
    const { command } = input.services[service]!;
    const container = migrationContainer(input.prefix, service);
    // One that a killed deployer has left running is past the moment for a backup.
    if (await isRunningFor(engine, container, input.release, command)) return [];
    const reason = await reasonForBackup(host, present, asked, service);
    return reason === null ? [] : [service + reason];
  });
  const services = reasons.flat();
  return services.length === 0 ? null : `before migrations of ${services.join(", ")}`;
}
