import type { DriftRule } from "./finding";

/** The stack's events: one that was changed or is gone. */
export const recordChain: DriftRule = {
  kinds: ["records-broken"],
  find({ brokenLinks, stack, directory }) {
    return (brokenLinks ?? []).map((says) => ({
      id: `records-broken/${says.replace(/[^\w]+/g, "-").slice(0, 60)}`,
      ...({ severity: "error", where: `${directory}/records/events`, says, since: null } as const),
      repair: `maestro releases accept --stack ${stack} --reason 'compared with a backup'`,
    }));
  },
};
