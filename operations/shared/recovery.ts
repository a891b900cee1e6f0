import { settlePendingOperations } from "./pendingOperations";
import { removeStaleLocks, type LockReport } from "./stackLock";
import { localBackendDirectory, repairStateFiles } from "./stateFile";

export interface RecoveryReport extends LockReport {
  /** What a killed update had begun, and what became of it; a line each. */
  readonly settled: readonly string[];
}

/** Frees a stack whose deployer died and settles what that had begun; nothing happens while a lock may be alive. */
export async function recoverStack(stack: string): Promise<RecoveryReport> {
  if (localBackendDirectory() === null) {
    throw new Error(
      `${stack}: whether an update still runs cannot be told for this backend; once you are sure that none does, ` +
        `use \`pulumi cancel\`, then \`pulumi refresh --clear-pending-creates\``,
    );
  }
  const locks = removeStaleLocks(stack);
  const settled = locks.held.length === 0 ? await settle(stack) : [];
  return { ...locks, settled };
}

/** Before an update of our own: as {@link recoverStack}, but looks at the state only where a deployer has died. */
export async function recoverIfKilled(stack: string): Promise<void> {
  const { removed } = removeStaleLocks(stack);
  if (removed.length === 0) return;
  console.error(
    `the last update of ${stack} was killed (${removed.join(", ")}); its lock is removed`,
  );
  for (const line of await settle(stack)) console.error(line);
}

async function settle(stack: string): Promise<string[]> {
  const repaired = await repairStateFiles(stack);
  return [...repaired, ...(await settlePendingOperations(stack))];
}
