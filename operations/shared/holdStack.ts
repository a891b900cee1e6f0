import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { deployerName } from "../../config/changeOrigin";
import { describeHold, describeUpdate, isGone, whileRenewed } from "../../records/stackHold";
import type { Hold } from "../../records/holdRecords";
import type { StackRecords } from "../../records/stackRecords";
import { findLocks } from "./stackLock";
import { localBackendDirectory } from "./stateFile";

/** What a command holds a stack for. */
export interface HoldOptions {
  /** With its subcommand, as `migrate down`. */
  readonly command: string;
  /** Only other commands are kept out. @default - updates are, too */
  readonly spares?: "updates";
}

/**
 * Does what neither an update nor another such command may do at the same time.
 *
 * @throws Error naming who has the stack, and since when; nothing was done then.
 */
export async function holdStack<T>(
  stack: string,
  records: StackRecords,
  { command, spares }: HoldOptions,
  action: () => Promise<T>,
): Promise<T> {
  const since = new Date().toISOString();
  const hold: Hold = {
    ...{ command, by: deployerName(), since, renewed: since, run: randomUUID() },
    ...{ machine: hostname(), process: process.pid },
    ...(spares === undefined ? {} : { spares }),
  };
  const held = await records.holds.take(hold, isGone);
  if (held) throw new Error(`${stack}: ${describeHold(held)}`);
  try {
    return await whileRenewed(
      () => records.holds.renew(hold.run),
      async () => {
        // Looked at with the hold in hand, as an update looks for it once it has its lock.
        if (spares === undefined) await refuseUpdate(stack, records);
        return action();
      },
    );
  } finally {
    await records.holds.release(hold.run);
  }
}

/** Pulumi's own lock says it where it can be looked at; elsewhere the update's own note does. */
async function refuseUpdate(stack: string, { holds }: StackRecords): Promise<void> {
  if (localBackendDirectory() !== null) {
    const owners = findLocks(stack).flatMap(({ owner, isStale }) => (isStale ? [] : [owner]));
    if (owners.length === 0) return;
    throw new Error(
      `${stack}: an update runs, of ${owners.join(" and ")}; wait until it ends, then try again`,
    );
  }
  const update = await holds.readUpdate();
  if (update === null) return;
  throw new Error(
    `${stack}: ${describeUpdate(update)} has run since ${update.since}; wait until it ends; where it was killed, or has ` +
      `failed between two steps, \`maestro unlock --stack ${stack}\` takes away what it has noted`,
  );
}
