import type { RunningUpdate } from "../../records/holdRecords";
import { describeHold, describeUpdate, findHold, isHeardOf } from "../../records/stackHold";
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
    const [hold, update] = await directory()
      .then(({ records }) => Promise.all([findHold(records), records.holds.readUpdate()]))
      .catch(() => [null, null]);
    const command = hold ? good(`no update can begin: ${describeHold(hold)}`) : [];
    if (locks.length > 0) return [...locks.map((lock) => tell(stack, lock)), ...command];
    if (localBackendDirectory() !== null) return hold ? command : good("no update runs");
    return [...(update ? [tellNoted(stack, update)] : []), ...command];
  },
};

/** Pulumi's own lock is elsewhere: what the update's steps have noted is all there is. */
function tellNoted(stack: string, update: RunningUpdate): Finding {
  const { since, renewed = since } = update;
  const says = `${describeUpdate(update)} has run since ${since}`;
  if (isHeardOf(update)) return { condition: "good", says };
  return {
    condition: "warning",
    says: `${says}, and was last heard of at ${renewed}`,
    means:
      "if it was killed or has failed, commands such as `maestro restore` are refused until its note is taken away",
    mend: `maestro unlock --stack ${stack}`,
  };
}

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
