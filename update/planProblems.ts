import { HostError } from "../rules/host/asking";
import { describeHold, findHold } from "../records/stackHold";
import { RegistryError } from "../registry/registryError";
import type { ImageDeclarations, Release } from "../release/release";
import { PlanError, refuse, type RolloutPlan } from "../release/rolloutPlan";
import type { Decision } from "../targets/target";
import { checkApiTool } from "./apiCheck";
import { checkAll } from "./checkAll";
import type { Look } from "./lookBefore";
import { checkGates } from "./gateCheck";
import { rollProblems } from "./rollCheck";
import { checkSchemas, type RevisionLook } from "./schemaCheck";

/** What was found out on the way, where nothing is in the way. */
export interface Answers {
  readonly declared: ImageDeclarations;
  readonly revisions: RevisionLook;
}

/**
 * Asks everything that can be in the way of a plan. A switch to a set that was proven needs little: with traffic on a
 * bad release, going back must not wait for a certificate or a registry.
 *
 * @param asksAll whether images are asked for their revisions although the records tell them.
 * @throws PlanError with everything that is wrong, one line each.
 */
export async function findProblems(
  look: Look,
  { desired, rollout }: Decision,
  asksAll: boolean,
): Promise<Answers> {
  await refuseRejected(look, desired, rollout);
  await refuseHeld(look, rollout);
  const { settings, sight } = look;
  refuse(rollProblems(settings, rollout));
  const revisions = checkSchemas(sight, { settings, desired, asksAll, plan: rollout });
  const { declared, others } = sight.examine({ desired, rollout });
  const secrets = rollout.action === "deploy" ? [look.secrets.check(desired)] : [];
  const tools = rollout.action === "deploy" ? [checkApiTool(look, desired.id)] : [];
  const gates = checkGates(look, { desired, rollout });
  await checkAll([revisions, declared, gates, ...others, ...secrets, ...tools], isExpected);
  return { declared: await declared, revisions: await revisions };
}

/** Whether an error says what an operator can mend. */
export function isExpected(error: unknown): error is Error {
  return error instanceof PlanError || error instanceof HostError || error instanceof RegistryError;
}

/** A command changes what the release would be proven against. */
async function refuseHeld({ sight: { records } }: Look, plan: RolloutPlan): Promise<void> {
  const hold = plan.action === "none" ? null : await findHold(records);
  if (hold) throw new PlanError(describeHold(hold));
}

/** Rollbacks stick: what has failed is not tried again by the next update that happens to come along. */
async function refuseRejected(
  { settings, sight: { records } }: Look,
  desired: Release,
  plan: RolloutPlan,
): Promise<void> {
  if (plan.action === "none" || settings.allowRejected === desired.id) return;
  const rejection = await records.readRejection(desired.id);
  if (!rejection) return;
  throw new PlanError(
    `maestro:release: release ${desired.id} was rejected at ${rejection.at} (${rejection.reason.split("\n")[0]}); ` +
      `choose another one, or try it again with \`pulumi config set maestro:allowRejected ${desired.id}\``,
  );
}
