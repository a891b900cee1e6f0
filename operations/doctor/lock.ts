import { describeHold, findHold } from "../../records/stackHold";
import { findLocks, type FoundLock } from "../shared/stackLock";
import { recoverStack } from "../shared/recovery";
import { localBackendDirectory } from "../shared/stateFile";
import { good, type Examination, type Finding } from "./examination";

/** Whether an update runs, or was killed and has left its lock. */
export const lock: Examination = {
  name: "lock",
  async look({ stack, directory }) {
    const locks = localBackendDirectory() === null ? [] : findLocks(stack);
    // A host that cannot be reached has nobody at work.
    const hold = await directory()
      .then(({ records }) => findHold(records))
      .catch(() => null);
    const command = hold ? good(`no update can begin: ${describeHold(hold)}`) : [];
    if (locks.length > 0) return [...locks.map((lock) => tell(stack, lock)), ...command];
    return localBackendDirectory() === null || hold ? command : good("no update runs");
  },
};

function tell(stack: string, { owner, isStale }: FoundLock): Finding {
  if (!isStale) return { condition: "good", says: `an update runs: ${owner}` };
  return {
    condition: "bad",
    says: `the lock of ${owner}, which does not run any more`,
    means: "no update can begin",
    mend: `maestro unlock --stack ${stack}`,
    fix: async () => {
      const { removed } = await recoverStack(stack);
      return removed.length > 0 ? `lock removed: ${removed.join(", ")}` : "lock gone already";
    },
  };
}
