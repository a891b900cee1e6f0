import { HostError } from "../rules/host/asking";
import { checkImages } from "../host/imagePreflight";
import type { Host } from "../host/host";
import { RegistryError } from "../registry/registryError";
import type { ImageDeclarations, Release } from "../release/release";
import { PlanError, type RolloutPlan } from "../release/rolloutPlan";
import { checkAll, checkCertificate, checkDatabaseServer, checkEngine } from "./hostPreflight";
import type { Look } from "./lookBefore";
import { checkGates } from "./gateCheck";
import { checkSchemas, type RevisionLook } from "./schemaCheck";

/** What an update means to do. */
export interface Decision {
  readonly desired: Release;
  readonly rollout: RolloutPlan;
}

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
  host: Host,
  look: Look,
  { desired, rollout }: Decision,
  asksAll: boolean,
): Promise<Answers> {
  await refuseRejected(look, desired, rollout);
  const { settings, records, prefix } = look;
  const revisions = checkSchemas(host, {
    ...{ settings, records, prefix, desired, asksAll },
    plan: rollout,
  });
  let declared: ImageDeclarations = {};
  const ofDeploy =
    rollout.action === "deploy"
      ? [
          checkEngine(host, desired),
          checkCertificate(look.certificate),
          look.secrets.check(desired),
          checkImages(host, desired, settings.registry).then((found) => {
            declared = found;
          }),
        ]
      : [];
  const server = checkDatabaseServer(host, prefix, settings.postgres, rollout);
  const gates = checkGates(look, { desired, rollout });
  await checkAll([revisions, server, gates, ...ofDeploy], isExpected);
  return { declared, revisions: await revisions };
}

/** Whether an error says what an operator can mend. */
export function isExpected(error: unknown): error is Error {
  return error instanceof PlanError || error instanceof HostError || error instanceof RegistryError;
}

/** Rollbacks stick: what has failed is not tried again by the next update that happens to come along. */
async function refuseRejected(
  { settings, records }: Look,
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
