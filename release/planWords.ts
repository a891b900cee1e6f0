import type { Color, Release } from "./release";
import { describeRoll } from "./rolling";
import type { RolloutPlan } from "./rolloutPlan";

/** What the operator should know when the edge serves another set than the last outputs say; null: they agree. */
export function explainStaleOutputs(
  recorded: Color | undefined,
  serving: Color | null,
): string | null {
  if (!recorded || !serving || recorded === serving) return null;
  return (
    `the edge serves ${serving}, though the last finished update recorded ${recorded}: an update was stopped after ` +
    `its switch; ${serving} counts as the active set`
  );
}

/** The release each set would serve, for those who show a plan. */
export function describePlan(plan: RolloutPlan, desired: Release): string {
  const { canary, roll } = plan;
  if (canary && plan.outgoingColor === plan.activeColor) {
    return (
      `release ${desired.id} serves on ${plan.activeColor}: the clients who get release ${canary.release} ` +
      `(${canary.percent} %) come back to it`
    );
  }
  if (roll) {
    const goes =
      roll.release === desired.id ? "the others follow" : "those that have moved come back";
    return `${describeRoll(roll)}; ${goes}`;
  }
  const from = plan.outgoingColor ? ` from ${plan.outgoingColor}` : "";
  const incoming = plan.sets[plan.activeColor];
  if (incoming?.touch && incoming.record.restartOf !== undefined) {
    const secrets = incoming.record.restartOf === desired.id ? "" : ", with newer secrets";
    return (
      `release ${incoming.record.restartOf} is restarted on ${plan.activeColor}${secrets}; the traffic moves there${from} ` +
      `once it is proven`
    );
  }
  switch (plan.action) {
    case "none":
      return `release ${desired.id} serves already on ${plan.activeColor}: nothing to do`;
    case "switch":
      return `release ${desired.id} is warm on ${plan.activeColor}: only the traffic moves${from}`;
    case "deploy":
      return `release ${desired.id} goes to ${plan.activeColor}; the traffic moves there${from} once it is proven`;
  }
}
