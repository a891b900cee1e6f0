import { Command } from "commander";
import pc from "picocolors";
import { stackPrefix } from "../config/project";
import type { RegistrySettings, Settings } from "../config/settings";
import { withHost } from "../host/connectHost";
import type { Host } from "../host/host";
import { HostDirectory } from "../host/hostDirectory";
import { findImageProblems } from "../host/imagePreflight";
import { URGENT_VARIABLE } from "../host/stepBack";
import type { StackRecords } from "../records/stackRecords";
import { imageReference } from "../rules/stepInput";
import { digestsOf, type Release } from "../release/release";
import { releaseOutput, type StackOutputs } from "../release/stackOutputs";
import { abortCanary } from "./shared/abortCanary";
import { addReason, admitChange, recordChangeIn } from "./shared/beginChange";
import { requireSchemas } from "./migrations/requireSchemas";
import { readFacts, type HostFacts } from "./shared/hostFacts";
import { recoverIfKilled } from "./shared/recovery";
import { readOutputs, runPulumi } from "./shared/pulumi";
import { DEFAULT_STACK, readStackSettings, writeStackConfig } from "./shared/stackFile";
import { examplesOf } from "./shared/examples";

interface Options {
  readonly stack: string;
  readonly to?: string;
  readonly preview?: boolean;
  readonly json?: boolean;
  readonly reason?: string;
}

/** What a rollback would do. */
interface RollbackPlan {
  readonly stack: string;
  readonly from: string;
  readonly to: string;
  /** Whether the release waits on the idle set, so that only the traffic moves. */
  readonly warm: boolean;
  /** Why the idle set, which was proven with the release, cannot take traffic as it is; one line each. */
  readonly differences: readonly string[];
  /** Whether it comes back with the settings it had; false: its settings are forgotten, today's are used. */
  readonly settingsKnown: boolean;
  /** Service -> old and new digest, null where the service comes or goes. */
  readonly changes: Readonly<Record<string, { from: string | null; to: string | null }>>;
  readonly digests: Readonly<Record<string, string>>;
}

/**
 * `rollback`: back to the previous release, or to any other one in the history, by a stack update. The stack's
 * configuration then says so, so that the next update does not bring back what was rolled back.
 */
export async function main(argv: string[]): Promise<number> {
  const options = addReason(new Command("rollback"))
    .description("Goes back to a release that served before, by a stack update.")
    .option("--stack <name>", "stack to roll back", DEFAULT_STACK)
    .option("--to <release>", "id of the release (default: the previous one)")
    .option("--preview", "only show what would change")
    .option("--json", "print the plan as JSON")
    .addHelpText("after", examplesOf("rollback"))
    .parse(argv, { from: "user" })
    .opts<Options>();
  const begun = await admitChange("rollback", options);
  const outputs = await readOutputs(options.stack);
  const settings = readStackSettings(options.stack);
  const { plan, rejected } = await withHost(settings.host, async (host) => {
    const prepared = await prepare(host, settings, options, outputs);
    if (begun) await recordChangeIn(recordsOf(host, settings), begun);
    if (!options.preview) await endCanary(host, settings, prepared.plan);
    return prepared;
  });
  if (options.json) console.log(JSON.stringify(plan, null, 2));
  else printPlan(plan);
  if (options.preview) return 0;
  writeStackConfig(options.stack, [
    [["release"], plan.digests],
    [["settingsFrom"], plan.settingsKnown ? plan.to : undefined],
    // Going back to what was rejected once would be refused, and the operator has just named it.
    [["allowRejected"], rejected ? plan.to : undefined],
  ]);
  await recoverIfKilled(options.stack);
  const update = ["up", "--yes", "--skip-preview", "--suppress-outputs", "--stack", options.stack];
  // Standard output is the plan's alone where a program reads it.
  return runPulumi(update, options.json ? "stderr" : "stdout", { [URGENT_VARIABLE]: "true" });
}

function recordsOf(host: Host, { directory }: Settings): StackRecords {
  return new HostDirectory(host, directory).records;
}

/** A canary ends at once, before the update that goes back: one that still runs holds the stack's lock. */
async function endCanary(host: Host, settings: Settings, { to }: RollbackPlan): Promise<void> {
  const directory = new HostDirectory(host, settings.directory);
  const canary = await directory.records.readCanary();
  if (canary) await abortCanary(directory, canary, `rollback to release ${to}`);
}

/** Everything the host must be asked for: what the rollback brings back, whether it can, and whether it was rejected. */
async function prepare(
  host: Host,
  settings: Settings,
  options: Options,
  outputs: Partial<StackOutputs>,
): Promise<{ plan: RollbackPlan; rejected: boolean }> {
  const directory = new HostDirectory(host, settings.directory);
  const facts = await readFacts(host, directory, stackPrefix(options.stack));
  const target = options.to ?? releaseBefore(outputs, facts);
  const known = target === undefined ? null : await directory.records.readRelease(target);
  const plan = planRollback(options, outputs, () => known, facts);
  const release = { id: plan.to, digests: plan.digests, known };
  await requireSchemas(directory, settings, release, !plan.warm);
  await requireImages(host, plan, outputs, known, settings.registry);
  return { plan, rejected: (await directory.records.readRejection(plan.to)) !== null };
}

/** The release to go back to; an update that was stopped after its switch has left the outputs behind. */
function releaseBefore(
  { release, previousRelease }: Partial<StackOutputs>,
  { serving, canary, roll }: HostFacts,
): string | undefined {
  // Most clients, or services, have that one already: back from a canary or a roll is to what serves.
  if (serving && (canary ?? roll)) return serving.id;
  return serving && serving.id !== release?.id ? release?.id : previousRelease?.id;
}

/** @throws Error when there is nothing to go back to; it lists the releases that there are. */
export function planRollback(
  { stack, to }: Pick<Options, "stack" | "to">,
  outputs: Partial<StackOutputs>,
  recorded: (id: string) => Release | null,
  facts: HostFacts,
): RollbackPlan {
  const { history = [] } = outputs;
  const { serving, waiting, canary, roll } = facts;
  const release = serving ? releaseOutput(serving) : outputs.release;
  if (!release) throw new Error(`${stack}: nothing was released yet; run \`pulumi up\` first`);
  const target = to ?? releaseBefore(outputs, facts);
  if (!target)
    throw new Error(`${stack}: release ${release.id} is the first one, so there is none before it`);
  if (target === release.id && !canary && !roll)
    throw new Error(`${stack}: release ${target} serves already`);
  const known = recorded(target);
  const digests = known
    ? digestsOf(known)
    : history.find((entry) => entry.release === target)?.digests;
  if (!digests) {
    const ids = [...new Set(history.map((entry) => entry.release))].filter(
      (id) => id !== release.id,
    );
    throw new Error(
      `${stack}: release ${target} never served here; choose one of: ${ids.join(", ") || "(none)"}`,
    );
  }
  const services = [...new Set([...Object.keys(release.digests), ...Object.keys(digests)])].sort();
  const changes = services
    .map(
      (name) => [name, { from: release.digests[name] ?? null, to: digests[name] ?? null }] as const,
    )
    .filter(([, change]) => change.from !== change.to);
  const differences = waiting?.release === target ? waiting.differences : null;
  return {
    stack,
    from: release.id,
    to: target,
    warm: target === release.id || differences?.length === 0,
    differences: differences ?? [],
    settingsKnown: known !== null,
    changes: Object.fromEntries(changes),
    digests,
  };
}

/** A rollback must not find out half-way that an image is gone. A warm set has its containers, so it needs none. */
async function requireImages(
  host: Host,
  plan: RollbackPlan,
  outputs: Partial<StackOutputs>,
  known: Release | null,
  settings: RegistrySettings,
): Promise<void> {
  if (plan.warm) return;
  const wanted = Object.entries(plan.digests).flatMap(([service, digest]) => {
    const repository =
      known?.services[service]?.repository ?? outputs.registry?.repositories[service];
    return repository ? [{ service, reference: imageReference({ repository, digest }) }] : [];
  });
  const problems = await findImageProblems(host, wanted, settings);
  if (problems.length > 0) {
    throw new Error(
      `release ${plan.to} cannot come back, nothing was touched:\n  ${problems.join("\n  ")}`,
    );
  }
}

function printPlan(plan: RollbackPlan): void {
  const how = plan.warm
    ? "it is warm on the idle set: only the traffic moves"
    : plan.differences.length > 0
      ? "the idle set is not what it was proven to be: the switch refuses it, and the update after that makes it again"
      : "it is not on the idle set any more: its containers are made again and proven first";
  console.log(`${pc.bold(plan.stack)}: release ${plan.from} -> ${pc.bold(plan.to)}; ${how}`);
  for (const difference of plan.differences) console.log(`  ${difference}`);
  for (const [service, { from, to }] of Object.entries(plan.changes)) {
    console.log(`  ${service}: ${shortDigest(from)} -> ${shortDigest(to)}`);
  }
  if (Object.keys(plan.changes).length === 0) console.log("  same images, other settings");
  if (!plan.settingsKnown) {
    console.log("  its settings are not recorded any more: it gets those of today's services.yaml");
  }
}

function shortDigest(digest: string | null): string {
  return digest?.slice(0, "sha256:".length + 12) ?? "(none)";
}
