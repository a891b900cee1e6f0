import type { DriftRule } from "./finding";
import { update } from "./repairs";

/** Containers of a release that was not proven: an update has failed or was killed, and nothing waits to go back to. */
export const idleSet: DriftRule = {
  kinds: ["idle-stale"],
  find(facts) {
    return facts.sets
      .filter(({ isActive, proven, there }) => !isActive && !proven && there.length > 0)
      .filter(() => facts.keepPrevious !== "removed")
      .map(({ color, record: { id } }) => {
        const isRejected = facts.rejected.includes(id);
        const says = isRejected
          ? `holds release ${id}, which was rejected; nothing waits to go back to`
          : `holds release ${id}, which was never proven: its update has failed or was killed`;
        // An update to what was rejected is refused: the stack's file goes back to what serves first.
        const back = `git checkout Pulumi.${facts.stack}.yaml services.yaml && `;
        const repair = `${isRejected && facts.isPending ? back : ""}${update(facts)}`;
        return {
          ...({ id: `idle-stale/${color}`, severity: "warning", where: `${color} set` } as const),
          ...{ says, since: null, repair },
        };
      });
  },
};
