import type { DriftFinding, DriftRule } from "./finding";
import { update } from "./repairs";

/** What the stack tells others by its outputs, beside what the edge serves. */
export const servingOutputs: DriftRule = {
  kinds: ["nothing-serves", "record-missing", "outputs-stale"],
  find(facts) {
    const { activeColor, outputs, stack, rejected } = facts;
    const finding = (kind: string, says: string, repair: string): DriftFinding[] => [
      {
        ...{ id: `${kind}/${stack}`, severity: "error", where: stack, since: null },
        ...{ says, repair },
      },
    ];
    if (activeColor === null) return finding("nothing-serves", "nothing serves yet", update(facts));
    const serving = facts.sets.find(({ isActive }) => isActive)?.record;
    if (!serving) {
      const says = `${activeColor} serves, and there is no record of its release`;
      const restore = `maestro rollback --stack ${stack}`;
      return finding("record-missing", says, restore);
    }
    if (outputs === null) return [];
    const isRejected = rejected.includes(serving.id);
    const repair = isRejected ? `maestro rollback --stack ${stack}` : update(facts);
    const why = isRejected ? "what serves was rejected" : "an update was stopped";
    if (outputs.activeColor !== activeColor) {
      const says = `the outputs say ${outputs.activeColor}, the edge serves ${activeColor}: ${why}`;
      return finding("outputs-stale", says, repair);
    }
    if (outputs.release === null || outputs.release.id === serving.id) return [];
    const says = `the outputs say release ${outputs.release.id}, the edge serves ${serving.id}: ${why}`;
    return finding("outputs-stale", says, repair);
  },
};
