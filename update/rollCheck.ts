import type { Settings } from "../config/settings";
import type { ReleaseRecord } from "../release/release";
import { describePeak, describeRoll, findRollProblems, peakMemory } from "../release/rolling";
import type { RolloutPlan } from "../release/rolloutPlan";

/** What is in the way of services that move one by one, a line each; empty: nothing, or they do not. */
export function rollProblems({ rollout }: Settings, plan: RolloutPlan): string[] {
  if (plan.roll && !rollout.rolling) {
    return [
      `maestro:rollout.strategy: must be rolling until all services have moved: ${describeRoll(plan.roll)}; set it, and ` +
        `change it with the update after that`,
    ];
  }
  const ends = endsOf(plan);
  return rollout.rolling && ends ? findRollProblems(ends.from, ends.to) : [];
}

/** What an operator is told before services move one by one, a line each. */
export function rollWords({ rollout }: Settings, plan: RolloutPlan): string[] {
  const ends = rollout.rolling ? endsOf(plan) : null;
  return ends ? [describePeak(peakMemory(ends.from, ends.to))] : [];
}

/** From which release users move to which; null: nobody moves, or nothing has served before. */
function endsOf(plan: RolloutPlan): { from: ReleaseRecord; to: ReleaseRecord } | null {
  const { action, outgoingColor, activeColor, sets } = plan;
  if (action === "none" || outgoingColor === null || outgoingColor === activeColor) return null;
  const [from, to] = [sets[outgoingColor]?.record, sets[activeColor]?.record];
  return from && to ? { from, to } : null;
}
