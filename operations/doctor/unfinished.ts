import { readRoll } from "../../host/observe";
import { COLORS } from "../../release/release";
import { recoverStack } from "../shared/recovery";
import { readPending } from "../shared/pendingOperations";
import { findLocks } from "../shared/stackLock";
import { localBackendDirectory } from "../shared/stateFile";
import { good, type Examination, type Finding } from "./examination";

/** What updates that were stopped have left: in the state, and on the host. */
export const unfinished: Examination = {
  name: "updates",
  async look({ stack, directory }) {
    const isRunning =
      localBackendDirectory() !== null && findLocks(stack).some((it) => !it.isStale);
    if (isRunning) return good("one is under way");
    const [pending, onHost] = await Promise.all([
      readPending(stack).catch(nullWhereNew),
      directory(),
    ]);
    const { records } = onHost;
    if (pending === null) {
      const mend = `maestro setup --stack ${stack}`;
      return [{ condition: "warning", says: "the stack is not made yet", mend }];
    }
    const findings: Finding[] = [];
    if (pending.length > 0) {
      const isLocal = localBackendDirectory() !== null;
      findings.push({
        condition: "bad",
        says: `an update was killed in the middle of ${pending.join(", ")}`,
        means: "the next update may find a name in use",
        mend: `maestro unlock --stack ${stack}`,
        ...(isLocal && {
          fix: async () => (await recoverStack(stack)).settled.join("; ") || "settled already",
        }),
      });
    }
    const placements = await Promise.all(COLORS.map((color) => records.readPlacement(color)));
    placements.forEach((placement, index) => {
      if (placement === null || placement.proven) return;
      findings.push({
        condition: "warning",
        says: `${COLORS[index]} holds release ${placement.record.id}, which was not proven`,
        means: "nobody can go back to that set; what serves is not concerned",
        mend: "pulumi up",
      });
    });
    const roll = await readRoll(onHost);
    if (roll !== null) {
      const says = `services are on their way to release ${roll.release} since ${roll.since}`;
      const means = "both releases serve some, and no other one can be released";
      findings.push({ condition: "warning", says, means, mend: "pulumi up" });
    }
    if ((await records.readSwitch())?.settled === false) {
      const says = "the last move of the traffic was not watched to its end";
      findings.push({ condition: "warning", says, mend: "pulumi up" });
    }
    return findings.length === 0 ? good("none was left unfinished") : findings;
  },
};

/** Pulumi's word for a stack that it does not have is no trouble of an update's. */
function nullWhereNew(error: Error): null {
  if (/no stack named/.test(error.message)) return null;
  throw error;
}
