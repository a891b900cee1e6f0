import { instanceRoot, projectName, stackPrefix } from "../../config/project";
import type { Settings } from "../../config/settings";
import { withHost } from "../../host/connectHost";
import { HostDirectory } from "../../host/hostDirectory";
import {
  formatStatefulWish,
  STATEFUL_VARIABLE,
  type StatefulRecord,
  type StatefulWish,
} from "../../rules/stateful/statefulDecision";
import { describeChange, isSamePlan, shortImage } from "../../rules/stateful/statefulPlan";
import { servingRelease } from "../../release/servingRelease";
import { holdStack } from "../shared/holdStack";
import { observeStack } from "../shared/observeStack";
import { runPulumi } from "../shared/pulumi";
import { recoverIfKilled } from "../shared/recovery";
import { readStackSettings } from "../shared/stackFile";
import { backUpStateful, startIfStopped } from "./backUp";
import { wantedPlan } from "./look";

export interface ChangeOptions {
  readonly stack: string;
  readonly preview?: boolean;
  readonly json?: boolean;
  readonly reason?: string;
}

/** What an update of a stateful service would do. */
interface StatefulChange {
  readonly stack: string;
  readonly service: string;
  readonly image: string;
  readonly becomes: string;
  /** In what it differs from what runs. */
  readonly changes: string;
  /** Where its data go before: `maestro:backups`; null: they stay in the volume of now alone. */
  readonly backup: string | null;
  /** The volume that its data are in, and stay in. */
  readonly volume: string;
}

/**
 * `stateful update`: a backup, and then another image or other settings by a stack update that changes nothing else.
 *
 * @returns the update's exit code.
 */
export async function updateStateful(service: string, options: ChangeOptions): Promise<number> {
  const { stack } = options;
  if (!options.preview) await recoverIfKilled(stack);
  const settings = readStackSettings(stack);
  const { record, change } = await prepare(stack, service, settings);
  if (options.json) console.log(JSON.stringify(change, null, 2));
  else print(change);
  if (options.preview) return 0;
  const { applied, volume } = record;
  const command = settings.stateful[service]!.backup;
  const its = { service, applied: applied!, volume, command };
  const backup = await withHost(settings.host, (host) => {
    const { records } = new HostDirectory(host, settings.directory);
    // An update would start again what is stopped for its backup; one that writes its data as it runs is in nobody's way.
    const spares = command === null ? {} : ({ spares: "updates" } as const);
    const hold = { command: "stateful update", ...spares };
    return holdStack(stack, records, hold, () => backUpStateful(host, stack, settings, its));
  });
  if (backup !== null) console.error(`backup ${backup} is taken`);
  const wish: StatefulWish = { action: "update", service, ...(backup === null ? {} : { backup }) };
  const exitCode = await run(options, wish);
  if (exitCode !== 0 && command === null) {
    await withHost(settings.host, async (host) =>
      startIfStopped({ engine: await host.engine(), prefix: stackPrefix(stack), service }),
    );
  }
  return exitCode;
}

/** `stateful remove`: takes one away that the configuration names no more, by a stack update that changes nothing else. */
export async function removeStateful(service: string, options: ChangeOptions): Promise<number> {
  const { stack } = options;
  const settings = readStackSettings(stack);
  if (settings.stateful[service]) {
    throw new Error(
      `services.${service}: the stack wants it; take it out there, or set enabled: false, before it is removed`,
    );
  }
  const record = await readRecord(stack, service, settings);
  console.log(`${service} is taken away, its data stay in the volume ${record.volume}`);
  return run(options, { action: "remove", service });
}

function run({ stack, json }: ChangeOptions, wish: StatefulWish): Promise<number> {
  const update = ["up", "--yes", "--skip-preview", "--suppress-outputs", "--stack", stack];
  const extra = { [STATEFUL_VARIABLE]: formatStatefulWish(wish) };
  return runPulumi(update, json ? "stderr" : "stdout", extra);
}

/** @throws Error where there is nothing to update. */
async function prepare(stack: string, service: string, settings: Settings) {
  if (!settings.stateful[service]) {
    const names = Object.keys(settings.stateful).sort().join(", ") || "none";
    throw new Error(`${service}: no stateful service of stack ${stack}; there are ${names}`);
  }
  const record = await readRecord(stack, service, settings);
  const { applied, volume } = record;
  // Before anything is stopped: the update itself would say so too late.
  servingRelease(await observeStack(stack, settings), "stateful update");
  const wanted = wantedPlan(settings, service, await currentVersion(stack, service, settings));
  if (!applied || !wanted) {
    throw new Error(`${service}: does not run yet; run \`pulumi up\` first`);
  }
  if (isSamePlan(applied, wanted)) {
    throw new Error(`${service}: runs as the stack wants it; there is nothing to update`);
  }
  const change: StatefulChange = {
    ...{ stack, service, image: applied.image, becomes: wanted.image, volume },
    changes: describeChange(applied, wanted),
    backup: settings.backups?.to ?? null,
  };
  return { record, change };
}

async function readRecord(
  stack: string,
  service: string,
  settings: Settings,
): Promise<StatefulRecord> {
  const record = await withHost(settings.host, (host) =>
    new HostDirectory(host, settings.directory).records.stateful.read(service),
  );
  if (record && !record.removed) return record;
  throw new Error(`${service}: stack ${stack} runs no such stateful service; run \`pulumi up\``);
}

async function currentVersion(stack: string, service: string, settings: Settings) {
  if (settings.stateful[service]!.secrets.length === 0) return null;
  const { openStore } = await import("../../secretStore/openStore");
  const project = projectName();
  const store = await openStore({
    ...{ secrets: settings.secrets, project, stack, root: instanceRoot() },
  });
  return (await store.look(service, null)).version;
}

function print({ stack, service, changes, backup, volume, becomes }: StatefulChange): void {
  console.log(`${stack}: ${service} is stopped, and runs again as ${shortImage(becomes)}`);
  console.log(`  changes: ${changes}`);
  console.log(
    `  backup before: ${backup ?? "none, the stack has no maestro:backups"}; its data of now stay in the volume ${volume}`,
  );
}
