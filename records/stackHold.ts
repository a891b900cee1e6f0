import { hostname } from "node:os";
import { RENEWAL_MILLISECONDS, type Hold, type RunningUpdate } from "./holdRecords";
import type { StackRecords } from "./stackRecords";

/** A command renews its hold far more often; one that has not was killed, or its machine was lost. */
const GONE_MILLISECONDS = 120_000;

/** Whether a command that holds a stack was killed. */
export function isGone({ machine, process: pid, renewed }: Hold): boolean {
  if (machine === hostname() && !lives(pid)) return true;
  return Date.now() - Date.parse(renewed) > GONE_MILLISECONDS;
}

/** Whether an update was heard of lately. One that was not was killed, or Pulumi itself is at work between two of its steps. */
export function isHeardOf({ since, renewed = since }: RunningUpdate): boolean {
  return Date.now() - Date.parse(renewed) <= GONE_MILLISECONDS;
}

/** Does something, and has it heard of meanwhile; at its end no renewal is under way that could undo the hold's end. */
export async function whileRenewed<T>(
  renew: () => Promise<void>,
  action: () => Promise<T>,
): Promise<T> {
  let last = Promise.resolve();
  const begin = () => {
    last = last.then(renew).catch(() => undefined);
  };
  const timer = setInterval(begin, RENEWAL_MILLISECONDS).unref();
  try {
    return await action();
  } finally {
    clearInterval(timer);
    await last;
  }
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

/** Which update it is, for people. */
export function describeUpdate({ release, by }: RunningUpdate): string {
  return `the update to release ${release} by ${by}`;
}

/** A signal that is none: another user's process lives, too. */
function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
