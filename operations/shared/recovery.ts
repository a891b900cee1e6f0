import { withHost } from "../../host/connectHost";
import { HostDirectory } from "../../host/hostDirectory";
import { clearLeftHolds } from "./leftHolds";
import { settlePendingOperations } from "./pendingOperations";
import { removeStaleLocks, type LockReport } from "./stackLock";
import { readUnreleasedSettings } from "./stackFile";
import { localBackendDirectory, repairStateFiles } from "./stateFile";

const PULUMI_LOCK =
  "whether an update still runs cannot be told for this backend; once you are sure that none does, use `pulumi cancel`, " +
  "then `pulumi refresh --clear-pending-creates`";

export interface RecoveryReport extends LockReport {
  /** What a killed update had begun, and what became of it; a line each. */
  readonly settled: readonly string[];
  /** What is left for whoever knows that no update runs. @default - nothing */
  readonly advice?: string;
}

/**
 * Frees a stack whose deployer died, whatever its backend: as {@link recoverStack}, or by what its host has noted.
 *
 * @param isAgreed is asked before anything goes that only whoever is asked can know to be over.
 */
export async function freeStack(
  stack: string,
  isAgreed: (question: string) => Promise<boolean>,
): Promise<RecoveryReport> {
  if (localBackendDirectory() !== null) return recoverStack(stack);
  const { host: address, directory } = readUnreleasedSettings(stack);
  const report = await withHost(address, (host) =>
    clearLeftHolds(stack, new HostDirectory(host, directory).records, isAgreed),
  );
  return { ...report, settled: [], advice: `${stack}: ${PULUMI_LOCK}` };
}

/** Frees a stack whose deployer died and settles what that had begun; nothing happens while a lock may be alive. */
export async function recoverStack(stack: string): Promise<RecoveryReport> {
  if (localBackendDirectory() === null) throw new Error(`${stack}: ${PULUMI_LOCK}`);
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
