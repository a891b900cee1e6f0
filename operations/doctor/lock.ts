import { findLocks } from "../shared/stackLock";
import { recoverStack } from "../shared/recovery";
import { localBackendDirectory } from "../shared/stateFile";
import { good, type Examination } from "./examination";

/** Whether an update runs, or was killed and has left its lock. */
export const lock: Examination = {
  name: "lock",
  look({ stack }) {
    if (localBackendDirectory() === null) return Promise.resolve([]);
    const locks = findLocks(stack);
    if (locks.length === 0) return Promise.resolve(good("no update runs"));
    return Promise.resolve(
      locks.map(({ owner, isStale }) =>
        isStale
          ? {
              condition: "bad",
              says: `the lock of ${owner}, which does not run any more`,
              means: "no update can begin",
              mend: `maestro unlock --stack ${stack}`,
              fix: async () => {
                const { removed } = await recoverStack(stack);
                return removed.length > 0
                  ? `lock removed: ${removed.join(", ")}`
                  : "lock gone already";
              },
            }
          : { condition: "good", says: `an update runs: ${owner}` },
      ),
    );
  },
};
