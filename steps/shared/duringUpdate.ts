import { deployerName } from "../../config/changeOrigin";
import { describeHold, findHold, whileRenewed } from "../../records/stackHold";
import type { StackRecords } from "../../records/stackRecords";

/** A step of an update, as commands see it. */
export interface UpdateStep {
  readonly records: StackRecords;
  /** What the update places, or moves users to. */
  readonly release: string;
  /** No step of the update comes after it. @default false */
  readonly isLast?: boolean;
}

/**
 * Does a step of an update, unless a command holds the stack, and has commands that would hold it see that an update runs:
 * until its last step, or one that fails.
 *
 * @param action returns the step's exit code.
 * @throws Error naming the command that has the stack; nothing was done then.
 */
export async function duringUpdate<T extends number | void>(
  { records, release, isLast = false }: UpdateStep,
  action: () => Promise<T>,
): Promise<T> {
  // Written before it looks, as a command does: of two that begin at once, one at least sees the other.
  await records.holds.beginUpdate({ release, by: deployerName(), since: new Date().toISOString() });
  let goesOn = false;
  try {
    const hold = await findHold(records);
    if (hold) throw new Error(describeHold(hold));
    const code = await whileRenewed(() => records.holds.renewUpdate(release), action);
    goesOn = !isLast && !code;
    return code;
  } finally {
    if (!goesOn) await records.holds.endUpdate();
  }
}
