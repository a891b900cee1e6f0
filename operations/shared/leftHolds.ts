import { randomUUID } from "node:crypto";
import { describeUpdate, isGone, isHeardOf } from "../../records/stackHold";
import type { HoldRecords } from "../../records/holdRecords";
import type { StackRecords } from "../../records/stackRecords";
import type { LockReport } from "./stackLock";

/** What says on a stack's host that somebody changes the stack. */
interface FoundHold {
  /** Who, since when and when last heard of, for people. */
  readonly owner: string;
  readonly isAlive: boolean;
  /** False: it was heard of since, so it lives. */
  readonly remove: () => Promise<boolean>;
}

/**
 * Takes away what killed commands and updates have left on a stack's host, where Pulumi's own lock cannot be looked at.
 * Who was heard of within two minutes keeps what it holds.
 *
 * @param isAgreed is asked once, with all that would go.
 */
export async function clearLeftHolds(
  stack: string,
  { holds }: StackRecords,
  isAgreed: (question: string) => Promise<boolean>,
): Promise<LockReport> {
  const found = [...(await findCommand(holds)), ...(await findUpdate(holds))];
  const left = found.filter(({ isAlive }) => !isAlive);
  const owners = left.map(({ owner }) => owner);
  const question =
    `what these have left in ${stack} is taken away: ${owners.join("; ")}. An update is heard of only while one of its ` +
    "steps runs: be sure that none does";
  const isWanted = left.length > 0 && (await isAgreed(question));
  const removed: string[] = [];
  for (const { owner, remove } of isWanted ? left : []) if (await remove()) removed.push(owner);
  const held = found.map(({ owner }) => owner).filter((owner) => !removed.includes(owner));
  return { removed, held };
}

async function findCommand(holds: HoldRecords): Promise<FoundHold[]> {
  const hold = await holds.read();
  if (hold === null) return [];
  const { command, by, machine, process: pid, since, renewed, run } = hold;
  const remove = async () => {
    const now = await holds.read();
    if (now?.run === run && !isGone(now)) return false;
    await holds.clear(run, randomUUID());
    return true;
  };
  const owner = `\`maestro ${command}\` by ${by}, process ${pid} of ${machine}, since ${since}, last heard of at ${renewed}`;
  return [{ owner, isAlive: !isGone(hold), remove }];
}

async function findUpdate(holds: HoldRecords): Promise<FoundHold[]> {
  const update = await holds.readUpdate();
  if (update === null) return [];
  const { since, renewed = since } = update;
  const owner = `${describeUpdate(update)}, since ${since}, last heard of at ${renewed}`;
  return [{ owner, isAlive: isHeardOf(update), remove: () => holds.forgetUpdate(update) }];
}
