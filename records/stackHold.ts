import { hostname } from "node:os";
import type { Hold } from "./holdRecords";
import type { StackRecords } from "./stackRecords";

/** A command renews its hold far more often; one that has not was killed, or its machine was lost. */
const GONE_MILLISECONDS = 120_000;

/** Whether a command that holds a stack was killed. */
export function isGone({ machine, process: pid, renewed }: Hold): boolean {
  if (machine === hostname() && !lives(pid)) return true;
  return Date.now() - Date.parse(renewed) > GONE_MILLISECONDS;
}

/** The command that an update has to wait for; null: none. */
export async function findHold(records: StackRecords): Promise<Hold | null> {
  const hold = await records.holds.read();
  return hold === null || hold.spares === "updates" || isGone(hold) ? null : hold;
}

/** Who holds a stack and since when, for people, and what to do. */
export function describeHold({ command, by, since }: Hold): string {
  return `\`maestro ${command}\` by ${by} has held the stack since ${since}; wait until it ends, then try again`;
}

/** A signal that is none: another user's process lives, too. */
function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
