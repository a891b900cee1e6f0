import type { DriftRule } from "./finding";
import { updateOf } from "./repairs";

/** Services with data of their own: no release replaces them, and what another image or another volume is, nobody wanted. */
export const stateful: DriftRule = {
  kinds: ["stateful-down", "stateful-changed"],
  find(facts) {
    return facts.stateful.flatMap(({ service, container, state, isAsRecorded }) => {
      const common = { severity: "error", where: container, since: null } as const;
      const repair = updateOf(facts, `stateful-${service}`);
      if (state !== "running") {
        const says = state === null ? "is missing" : `is ${state}`;
        return [{ ...common, id: `stateful-down/${container}`, says, repair }];
      }
      if (isAsRecorded) return [];
      const says =
        "is not what it was last made to be: its image, settings, volume or name in the network differs";
      return [{ ...common, id: `stateful-changed/${container}`, says, repair }];
    });
  },
};
