import type { Settings } from "../config/settings";
import { adviseShares, describeOutlook } from "../release/trafficOutlook";
import type { RolloutPlan } from "../release/rolloutPlan";
import { withDefaultLimits } from "../release/trafficLimits";
import { WHOLE_SET } from "../release/trafficBaseline";
import type { Sight } from "../targets/target";

/** What the watch of this update could notice, a line each; nothing where there will be none, or too little is known. */
export async function outlookOf(
  { rollout: { bakeSeconds, canary, watch } }: Settings,
  { records }: Sight,
  { action, activeColor, outgoingColor, sets }: RolloutPlan,
): Promise<string[]> {
  const serving = outgoingColor && sets[outgoingColor]?.record;
  const desired = sets[activeColor]!.record;
  if (action === "none" || !serving || bakeSeconds === 0) return [];
  if (await records.events.hasServed(desired.id)) return [];
  const before = (await records.readTraffic(serving.id))?.[WHOLE_SET];
  if (!before || before.requests === 0) return [];
  const limits = withDefaultLimits(watch?.all);
  const steps = canary?.steps ?? [{ percent: 100, watchSeconds: bakeSeconds }];
  const services = Object.keys(desired.services).length;
  const first = { seconds: steps[0]!.watchSeconds, percent: steps[0]!.percent };
  const advice = adviseShares(
    before,
    steps.map(({ percent }) => percent),
  );
  return [describeOutlook(before, first, limits, services), ...(advice === null ? [] : [advice])];
}
