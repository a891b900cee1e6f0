import type { Settings } from "../config/settings";
import { COLORS } from "../release/release";
import type { RolloutPlan } from "../release/rolloutPlan";
import { describeMemory, observerMegabytes, setMegabytes } from "../rules/host/memoryNeed";
import type { Sight } from "../targets/target";

/** What the stack may use of its host's memory once the release is placed; null: nothing to say, or not known. */
export async function memoryOutlookOf(
  { edge, postgres, observability }: Settings,
  sight: Sight,
  { sets }: RolloutPlan,
): Promise<string | null> {
  const bytes = await sight.memoryBytes();
  if (bytes === null) return null;
  const held = COLORS.map((color) => setMegabytes(sets[color]?.record.services ?? {}));
  return describeMemory(
    {
      sets: held.reduce((sum, each) => sum + each, 0),
      servers: edge.memoryMegabytes + (postgres?.memoryMegabytes ?? 0),
      observability: observerMegabytes(observability),
    },
    bytes,
  );
}
