import { Command } from "commander";
import pc from "picocolors";
import { projectName, instanceRoot } from "../config/project";
import type { Settings } from "../config/settings";
import { otherColor, type Color, type Release, type ReleaseRecord } from "../release/release";
import {
  formatRestart,
  restartedRelease,
  restartedServices,
  RESTART_VARIABLE,
} from "../release/restart";
import type { ObservedState, RestartWish } from "../release/rolloutPlan";
import { addReason, beginChange } from "./shared/beginChange";
import { recoverIfKilled } from "./shared/recovery";
import { runPulumi } from "./shared/pulumi";
import { observeStack } from "./shared/observeStack";
import { DEFAULT_STACK, readStackSettings } from "./shared/stackFile";
import { examplesOf } from "./shared/examples";

interface Options {
  readonly stack: string;
  readonly service?: readonly string[];
  readonly preview?: boolean;
  readonly json?: boolean;
  readonly reason?: string;
}

/** What a restart would do. */
interface RestartPlan {
  readonly stack: string;
  /** What serves. */
  readonly release: string;
  /** What is placed: the same release, or one with newer secrets. */
  readonly becomes: string;
  readonly from: Color;
  readonly to: Color;
  /** Services that get new containers whatever the idle set holds. */
  readonly services: readonly string[];
  /** Service -> version of its secrets now, and by then; those that stay as they are are left out. */
  readonly secrets: Readonly<Record<string, { readonly from: string; readonly to: string }>>;
}

/**
 * `restart`: new containers for what serves, by a stack update through the idle set, so that no request is lost. The stack
 * file stays as it is, and the release that it asks for by now waits for the next update.
 */
export async function main(argv: string[]): Promise<number> {
  const options = addReason(new Command("restart"))
    .description(
      "Gives what serves new containers: on the idle set, proven there, then the traffic moves; nothing is lost.",
    )
    .option("--stack <name>", "stack to restart", DEFAULT_STACK)
    .option("--service <name...>", "new containers for these alone (default: all services)")
    .option("--preview", "only show what would be done")
    .option("--json", "print the plan as JSON")
    .addHelpText("after", examplesOf("restart"))
    .parse(argv, { from: "user" })
    .opts<Options>();
  await beginChange("restart", options);
  const { stateful } = readStackSettings(options.stack);
  const beside = options.service?.filter((name) => stateful[name] !== undefined) ?? [];
  if (beside.length > 0) {
    const { restartStateful } = await import("./stateful/restart");
    return restartStateful(options, beside);
  }
  if (!options.preview) await recoverIfKilled(options.stack);
  const { plan, wish } = await prepare(options);
  if (options.json) console.log(JSON.stringify(plan, null, 2));
  else printPlan(plan);
  if (options.preview) return 0;
  const update = ["up", "--yes", "--skip-preview", "--suppress-outputs", "--stack", options.stack];
  const output = options.json ? "stderr" : "stdout";
  return runPulumi(update, output, { [RESTART_VARIABLE]: formatRestart(wish) });
}

/** @throws PlanError where nothing can be restarted, as the update itself would. */
async function prepare(options: Options): Promise<{ plan: RestartPlan; wish: RestartWish }> {
  const { stack, service = [] } = options;
  const settings = readStackSettings(stack);
  const observed = await observeStack(stack, settings);
  const services = [...new Set(service)].sort();
  const wish = { after: observed?.switchNumber ?? 0, services };
  // First without secrets: the store is asked for nothing that cannot be restarted.
  const { id } = restartedRelease(wish, observed, {});
  const { color, record } = servingOf(observed!);
  const secrets = await newerSecrets(stack, settings, restartedServices(wish, observed));
  const versions = Object.entries(secrets).map(([name, { to }]) => [name, to] as const);
  const plan = {
    ...{ stack, release: id, from: color, to: otherColor(color), secrets },
    becomes: restartedRelease(wish, observed, Object.fromEntries(versions)).id,
    services: services.length > 0 ? services : Object.keys(record.services).sort(),
  };
  return { plan, wish };
}

/** Only of what {@link restartedRelease} has let through. */
function servingOf({ activeColor, placements }: ObservedState): {
  color: Color;
  record: ReleaseRecord;
} {
  const color = activeColor!;
  return { color, record: placements[color]!.record };
}

/** Secrets that were changed since what serves was placed. A release that came back has those it had. */
async function newerSecrets(
  stack: string,
  settings: Settings,
  services: Release["services"],
): Promise<RestartPlan["secrets"]> {
  if (settings.settingsFrom !== null) return {};
  const held = Object.entries(services).flatMap(([name, { secretVersion }]) =>
    secretVersion === undefined ? [] : [{ name, from: secretVersion }],
  );
  if (held.length === 0) return {};
  const { openStore } = await import("../secretStore/openStore");
  const project = projectName();
  const store = await openStore({
    ...{ secrets: settings.secrets, project, stack, root: instanceRoot() },
  });
  const found = await Promise.all(
    held.map(async ({ name, from }) => {
      const to = (await store.list(name)).find(({ stage }) => stage === "current")?.version;
      return to === undefined || to === from ? [] : [[name, { from, to }] as const];
    }),
  );
  return Object.fromEntries(found.flat());
}

function printPlan({ stack, release, becomes, from, to, services, secrets }: RestartPlan): void {
  const id = release === becomes ? pc.bold(release) : `${release} -> ${pc.bold(becomes)}`;
  console.log(
    `${pc.bold(stack)}: release ${id} is restarted on ${to}, users then move from ${from}`,
  );
  console.log(`  new containers: ${services.join(", ")}`);
  for (const [service, version] of Object.entries(secrets)) {
    console.log(`  ${service}: secrets ${version.from} -> ${version.to}`);
  }
}
