import * as pulumi from "@pulumi/pulumi";
import { changeOrigin } from "../config/changeOrigin";
import { instanceRoot } from "../config/project";
import type { Settings } from "../config/settings";
import { digestsOf, type ReleaseRecord } from "../release/release";
import { overrideUsedAt, usedApprovals } from "../records/usedUp";
import { PlanError, type RolloutPlan } from "../release/rolloutPlan";
import type { ApprovedPlan } from "../rules/gates/approval";
import { imagesOf } from "../rules/stepInput";
import type { Decision } from "../targets/target";
import { requireForOverride } from "./accessCheck";
import type { Look } from "./lookBefore";
import { hasServedBefore } from "./servedBefore";

/**
 * Asks the gates of the configuration whether the release may go out. Going back to a release that has served here asks
 * none. A preview only says what they say: by the time of its update they may say something else.
 *
 * @throws PlanError when a gate keeps the release in.
 */
export async function checkGates(look: Look, { desired, rollout }: Decision): Promise<void> {
  const { settings, sight } = look;
  const { gates, override } = settings;
  if (gates === null || rollout.action === "none") return;
  if (await hasServedBefore(look, desired.id)) return;
  const { askGates, describeOutlook, describeRefusals, describeUsedOverride } =
    await import("../gates/askGates");
  const serving = servingOf(rollout);
  const { replaces, traffic } = approvedPlan(settings, serving, desired.id);
  const refusals = await askGates(gates, instanceRoot(), {
    ...{ moment: "place", stack: pulumi.getStack() },
    ...{
      release: desired.id,
      digests: digestsOf(desired),
      images: imagesOf(desired),
      replaces,
      traffic,
    },
    servingDigests: serving ? digestsOf(serving) : {},
    deployer: changeOrigin(() => undefined).by,
    usedApprovals: gates.approvals ? usedApprovals(await sight.records.events.list()) : [],
  });
  if (refusals.length === 0) {
    const outlook = pulumi.runtime.isDryRun() ? await describeOutlook(gates) : null;
    return outlook === null ? undefined : void pulumi.log.info(outlook);
  }
  const usedAt =
    override?.release === desired.id
      ? overrideUsedAt(await sight.records.events.list(), override)
      : null;
  const says = [
    describeRefusals(refusals),
    ...(usedAt === null ? [] : [describeUsedOverride(usedAt)]),
  ].join("\n");
  if (override?.release === desired.id && usedAt === null) {
    requireForOverride(look.admission);
    return void pulumi.log.warn(`passed by maestro:override (${override.reason}):\n${says}`);
  }
  const wait = `release ${desired.id} must wait:\n${says}`;
  if (pulumi.runtime.isDryRun()) return void pulumi.log.warn(`at this moment ${wait}`);
  const of = ` --stack ${pulumi.getStack()}`;
  throw new PlanError(
    `${wait}\nrun the update again then; if it cannot wait, say why:\n` +
      `  pulumi config set --path maestro:override.release ${desired.id}${of}\n` +
      `  pulumi config set --path maestro:override.reason "<why>"${of}`,
  );
}

/** Null: this is the first release. */
function servingOf({ outgoingColor, sets }: RolloutPlan): ReleaseRecord | null {
  return (outgoingColor && sets[outgoingColor]?.record) ?? null;
}

/** What the gates let out: the same in a preview, in the update and in an approval. */
function approvedPlan(
  { rollout: { bakeSeconds, canary } }: Settings,
  serving: ReleaseRecord | null,
  release: string,
): Omit<ApprovedPlan, "stack"> {
  const traffic = { bakeSeconds, canary: canary ?? null };
  return { release, replaces: serving && serving.id, traffic };
}
