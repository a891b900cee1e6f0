import { isShared } from "./canary";
import type { Release } from "./release";
import { describeRoll, isRolling } from "./rolling";
import { PlanError, type ObservedState } from "./rolloutPlan";

/**
 * What serves, for an update that is about something else and must leave it as it is, whatever the stack file asks for.
 *
 * @param command that has begun the update.
 * @throws PlanError where nothing serves, or a new release has a share of the clients or some of the services.
 */
export function servingRelease(observed: ObservedState | null, command: string): Release {
  const active = observed?.activeColor ?? null;
  const serving = active && observed!.placements[active]?.record;
  if (!observed || !serving) {
    throw new PlanError(`${command}: nothing serves yet; run \`pulumi up\` first`);
  }
  const { canary } = observed;
  if (canary && isShared(canary, active)) {
    throw new PlanError(
      `${command}: release ${canary.release} has ${canary.percent} % of the clients, which an update would end; ` +
        `end that first (\`maestro rollout promote\`, or \`abort\`)`,
    );
  }
  const { roll } = observed;
  if (isRolling(roll, active)) {
    throw new PlanError(
      `${command}: ${describeRoll(roll)}, which an update would end; let it come to its end first (\`pulumi up\`), or ` +
        `take it back (\`maestro rollback\`)`,
    );
  }
  return { id: serving.id, services: serving.services };
}
