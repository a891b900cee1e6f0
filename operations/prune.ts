import { createInterface } from "node:readline/promises";
import { Command, Option } from "commander";
import { withHost } from "../host/connectHost";
import { HostDirectory } from "../host/hostDirectory";
import { noteEvent } from "../steps/shared/noteEvent";
import { CACHE_DAYS, removeOldCache } from "../host/buildCache";
import { printPrune, type PruneResult } from "./prune/printPrune";
import { chooseRule, type RuleOptions } from "./prune/pruneRule";
import type { PruneContext } from "./prune/references";
import { removeFromHost } from "./prune/pruneHost";
import { planPrune, type PrunePlan } from "./prune/prunePlan";
import { removeFromRegistry } from "./prune/pruneRegistry";
import { tellFailure } from "./prune/tellFailure";
import { addReason, beginChange } from "./shared/beginChange";
import { DEFAULT_STACK, readStackSettings } from "./shared/stackFile";
import { examplesOf } from "./shared/examples";

interface Options extends RuleOptions {
  readonly stack: string;
  readonly buildCache?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
  readonly afterRelease?: boolean;
  readonly reason?: string;
}

/**
 * `prune`: removes images of this project, on the host and in the registry, that no stack refers to. Shows them, and asks
 * first. Exit code 1: an error, or something that was to go is still there.
 */
export async function main(argv: string[]): Promise<number> {
  const options = addReason(new Command("prune"))
    .description(
      "Removes images of this project that no stack refers to, on the host and in the registry; shows them first.",
    )
    .option("--stack <name>", "stack whose host and registry are meant", DEFAULT_STACK)
    .option("--keep <releases>", "how many of its releases stay beside those that its sets hold")
    .option("--minimum-age <duration>", "what was built since then stays, such as 12h or 7d")
    .option("--build-cache", `also the build cache that no project has used for ${CACHE_DAYS} days`)
    .option("--yes", "remove without asking")
    .option("--json", "print the result as JSON")
    .addOption(new Option("--after-release", "as an update starts it").hideHelp())
    .addHelpText("after", examplesOf("prune"))
    .parse(argv, { from: "user" })
    .opts<Options>();
  if (options.yes && !options.afterRelease) await beginChange("prune", options);
  const settings = readStackSettings(options.stack);
  const rule = chooseRule(settings.prune, options);
  const prune = async () => {
    // Whoever may release need not be who may remove images; that it was refused is told then.
    if (options.afterRelease) await beginChange("prune", options);
    return withHost(settings.host, async (host) => {
      const context = { stack: options.stack, settings, rule, host, engine: await host.engine() };
      const plan = await planPrune(context);
      if (!options.json) printPrune(resultOf(options, plan));
      if (!(await isWanted(options, plan))) return resultOf(options, plan);
      return remove(context, options, plan);
    });
  };
  const result = options.afterRelease
    ? await tellFailure(options.stack, settings, prune)
    : await prune();
  if (options.json) console.log(JSON.stringify(result, null, 2));
  else if (result.removed) printRemoved(result);
  return (result.left?.length ?? 0) > 0 ? 1 : 0;
}

function resultOf({ stack, buildCache = false }: Options, plan: PrunePlan): PruneResult {
  const part = (one: PrunePlan["host"] | PrunePlan["registry"]) =>
    one && { images: one.images, bytes: one.bytes, stay: one.stay };
  return {
    ...{ stack, stacks: plan.stacks, notes: plan.notes },
    ...{ host: part(plan.host), registry: part(plan.registry) },
    buildCache: { bytes: plan.cacheBytes, goes: buildCache },
  };
}

async function isWanted(options: Options, plan: PrunePlan): Promise<boolean> {
  const { yes, json, buildCache } = options;
  const images = [plan.host, plan.registry].flatMap((part) => part?.images ?? []);
  if (images.length === 0 && !buildCache) return false;
  if (yes) return true;
  if (json || !process.stdin.isTTY || !process.stdout.isTTY) return false;
  const asker = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const isWanted = /^y(es)?$/i.test((await asker.question("Remove them? [y/N] ")).trim());
    if (isWanted) await beginChange("prune", options);
    return isWanted;
  } finally {
    asker.close();
  }
}

/** The host first: what is in the registry can be pulled again. */
async function remove(
  context: PruneContext,
  options: Options,
  plan: PrunePlan,
): Promise<PruneResult> {
  const host = plan.host && (await removeFromHost(context, plan.host, plan.repositories));
  const registry = plan.registry && (await removeFromRegistry(context, plan.registry));
  const cache = options.buildCache ? await removeOldCache(context.engine) : null;
  const counts = [host?.removed.length ?? 0, registry?.removed.length ?? 0];
  const { records } = new HostDirectory(context.host, context.settings.directory);
  const reason = `images of the host: ${counts[0]}, of the registry: ${counts[1]}`;
  await noteEvent(records, { kind: "pruned", reason });
  return {
    ...resultOf(options, plan),
    removed: {
      host: host?.removed ?? [],
      registry: registry?.removed ?? [],
      buildCacheBytes: cache,
    },
    left: [...(host?.left ?? []), ...(registry?.left ?? [])],
  };
}

function printRemoved({ removed, left = [] }: PruneResult): void {
  for (const line of left) console.error(line);
  console.log(
    `removed ${removed!.host.length} images of the host and ${removed!.registry.length} of the registry`,
  );
}
