import type { ImageDeclarations, KeptSboms, ReleaseRecord } from "./release";
import type { RolloutPlan, SetPlan } from "./rolloutPlan";

/** The plan with what images declare in the record of a set that is placed anew. A set that is left as it is keeps its own. */
export function withDeclarations(plan: RolloutPlan, declared: ImageDeclarations): RolloutPlan {
  return Object.keys(declared).length === 0 ? plan : withFacts(plan, { declared });
}

/** As {@link withDeclarations}, with the lists of what images are made of. */
export function withSboms(plan: RolloutPlan, sboms: KeptSboms): RolloutPlan {
  return Object.keys(sboms).length === 0 ? plan : withFacts(plan, { sboms });
}

/** As {@link withDeclarations}, with the weight of the processor that its containers start with. */
export function withStartShares(plan: RolloutPlan, startShares: number): RolloutPlan {
  return withFacts(plan, { startShares });
}

function withFacts(plan: RolloutPlan, facts: Partial<ReleaseRecord>): RolloutPlan {
  const add = (set: SetPlan | null) =>
    set?.touch ? { ...set, record: { ...set.record, ...facts } } : set;
  return { ...plan, sets: { blue: add(plan.sets.blue), green: add(plan.sets.green) } };
}
