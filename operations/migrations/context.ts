import { stackPrefix } from "../../config/project";
import { nearestName } from "../../config/nearestName";
import type { Settings } from "../../config/settings";
import { withHost } from "../../host/connectHost";
import type { Host } from "../../host/host";
import { HostDirectory } from "../../host/hostDirectory";
import { desiredRelease } from "../../release/desiredRelease";
import { migrationServices } from "../../rules/database/migrationServices";
import type { MigrationInput } from "../../rules/stepInput";
import type { Color, Release, ReleaseRecord } from "../../release/release";
import { holdStack, type HoldOptions } from "../shared/holdStack";
import { readStackSettings } from "../shared/stackFile";

/** Everything a command on a stack's databases needs. */
export interface MigrationContext {
  readonly host: Host;
  readonly directory: HostDirectory;
  readonly settings: Settings;
  /** What the set that serves would be migrated with; null: nothing serves yet. */
  readonly serving: MigrationInput | null;
  /** The release that serves, with what its set was made of; null: nothing serves yet. */
  readonly servingRecord: ReleaseRecord | null;
  /** The set that serves; null: nothing serves yet. */
  readonly servingColor: Color | null;
  /** What the next release would be migrated with. It has no secrets on the host yet, so it can only tell SQL. */
  readonly next: MigrationInput;
  readonly nextRelease: Release;
}

/** How a command uses a stack's databases. */
export interface UseOptions {
  /** The command, where neither an update nor another such command may run at the same time. @default - they may */
  readonly hold?: HoldOptions | undefined;
  /** This machine is the stack's host, whatever its configuration says. @default false */
  readonly onHost?: boolean;
}

/** Connects a stack's host, reads what serves and what is next, does it, and ends the connection. */
export async function useMigrations<T>(
  stack: string,
  action: (context: MigrationContext) => Promise<T>,
  { hold, onHost = false }: UseOptions = {},
): Promise<T> {
  const given = readStackSettings(stack);
  const settings = onHost ? { ...given, host: null } : given;
  return withHost(settings.host, (host) => {
    const directory = new HostDirectory(host, settings.directory);
    const act = () => actOn(stack, settings, { host, directory }, action);
    // Before anything is read: an update would change it.
    return hold ? holdStack(stack, directory.records, hold, act) : act();
  });
}

async function actOn<T>(
  stack: string,
  settings: Settings,
  { host, directory }: Pick<MigrationContext, "host" | "directory">,
  action: (context: MigrationContext) => Promise<T>,
): Promise<T> {
  const active = await directory.edge.readActiveColor();
  const placement = active && (await directory.records.readPlacement(active));
  const recorded =
    settings.settingsFrom && (await directory.records.readRelease(settings.settingsFrom));
  const next = desiredRelease(settings, () => recorded || null);
  const inputOf = (release: Release | ReleaseRecord, color: Color): MigrationInput => {
    const prefix = stackPrefix(stack);
    const record = { slots: {}, generation: 0, ...release };
    return {
      prefix,
      directory: settings.directory,
      stack,
      color,
      placement: 0,
      release: release.id,
      secrets: settings.secrets,
      migrations: settings.migrations,
      ...(settings.backups ? { backups: settings.backups } : {}),
      services: migrationServices({ color, record, prefix, secrets: settings.secrets }),
    };
  };
  return action({
    host,
    directory,
    settings,
    serving: active && placement ? inputOf(placement.record, active) : null,
    servingRecord: placement ? placement.record : null,
    servingColor: placement ? active : null,
    next: inputOf(next, "blue"),
    nextRelease: next,
  });
}

/** The input of the release that serves. @throws Error when nothing serves yet. */
export function requireServing({ serving }: MigrationContext): MigrationInput {
  if (serving) return serving;
  throw new Error("nothing serves yet, so there is no image to ask; run `pulumi up` first");
}

/** The services a command means: the one named, or all that have a database. */
export function selectServices(input: MigrationInput, service: string | undefined): string[] {
  const names = Object.keys(input.services).sort();
  if (service === undefined) return names;
  if (names.includes(service)) return [service];
  const nearest = nearestName(service, names);
  throw new Error(
    `--service: ${service} has no migration; ` +
      (nearest ? `did you mean ${nearest}?` : `services with one: ${names.join(", ") || "none"}`),
  );
}
