import { readdirSync, readFileSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import path from "node:path";
import { projectName } from "../../config/project";
import { localBackendDirectory } from "./stateFile";

/** A lock as Pulumi's self-managed backends write it. */
interface Lock {
  readonly pid: number;
  readonly username: string;
  readonly hostname: string;
  readonly timestamp: string;
}

/** Locks that were removed and locks that are held, each told by its owner. */
export interface LockReport {
  readonly removed: readonly string[];
  readonly held: readonly string[];
}

/**
 * Removes the locks that a killed deployer left on a `file://` backend. A lock goes only when its process is proven
 * dead: on this host, with no such process any more. `pulumi cancel` would remove any lock, a living update's too.
 * Other backends have leases or locks elsewhere: nothing is done there.
 */
export function removeStaleLocks(stack: string): LockReport {
  const locks = findLocks(stack);
  const stale = locks.filter(({ isStale }) => isStale);
  for (const { file } of stale) rmSync(file, { force: true });
  return {
    removed: stale.map(({ owner }) => owner),
    held: locks.filter(({ isStale }) => !isStale).map(({ owner }) => owner),
  };
}

/** A lock on a `file://` backend. */
export interface FoundLock {
  readonly file: string;
  /** Who has it, for people. */
  readonly owner: string;
  /** Whether its process is proven dead. */
  readonly isStale: boolean;
}

/** The locks of a stack; none on other backends, which cannot be looked at. */
export function findLocks(stack: string): FoundLock[] {
  const backend = localBackendDirectory();
  if (backend === null) return [];
  const directory = path.join(backend, "locks/organization", projectName(), stack);
  return listLocks(directory).map((file) => {
    const lock = readLock(file);
    if (lock === null) {
      return { file, owner: "an update that could not write its lock", isStale: true };
    }
    const owner = `${lock.username}@${lock.hostname}, process ${lock.pid}, since ${lock.timestamp}`;
    return { file, owner, isStale: lock.hostname === hostname() && !isPulumi(lock.pid) };
  });
}

/**
 * @returns null for a torn one. Pulumi renames a lock into its place and ends at once when the write failed, as on a full
 *   disk; so nobody who still lives has such a lock, and Pulumi stumbles over it.
 */
function readLock(file: string): Lock | null {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Lock;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function listLocks(directory: string): string[] {
  try {
    return (
      readdirSync(directory)
        // All that Pulumi takes for a lock, the temporary file of a write that failed too.
        .filter((name) => !name.endsWith(".attrs"))
        .map((name) => path.join(directory, name))
    );
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** Whether the process lives and is Pulumi: process ids are given again. */
function isPulumi(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("pulumi");
  } catch {
    return mayLive(pid);
  }
}

/** Systems that hide other users' processes (`hidepid`) show no file of one that lives; a signal still tells. */
function mayLive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
