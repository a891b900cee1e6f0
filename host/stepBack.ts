import { readdirSync, readFileSync } from "node:fs";
import os from "node:os";

/** A tenth of the processor's weight of what runs with the usual one, where both want it, and all of it where nobody else does. */
export const STEPPED_BACK_PRIORITY = os.constants.priority.PRIORITY_BELOW_NORMAL;
/** Is set for an update that somebody waits for with users on a bad release. */
export const URGENT_VARIABLE = "MAESTRO_URGENT";
/** What the kernel calls Pulumi's CLI. */
const CLI = "pulumi";

/**
 * {@link stepBack}, where the program of an update runs beside what serves. A host that is reached over SSH serves nothing
 * here, and an urgent update goes on as fast as it can.
 */
export function stepBackForUpdate(environment: NodeJS.ProcessEnv): void {
  const config = JSON.parse(environment["PULUMI_CONFIG"] || "{}") as object;
  if (!("maestro:host" in config) && !environment[URGENT_VARIABLE]) stepBack();
}

/**
 * Lets whatever serves on this machine go first: from here on this process, and whatever it starts, has a lower priority.
 * Where it is a program that Pulumi runs, so have the CLI, its plugins and whatever they start: they work for this update
 * alone, and end with it.
 *
 * On a machine whose services are in groups of their own (systemd's slices) the kernel weighs the groups first.
 */
export function stepBack(): void {
  for (const pid of [process.pid, ...updateAround(process.pid)]) {
    for (const thread of threadsOf(pid)) lower(thread);
  }
}

/** Pulumi's CLI above a process, and all processes below it; nothing where no CLI is above. */
function updateAround(pid: number): number[] {
  for (let above = parentOf(pid); above > 1; above = parentOf(above)) {
    if (nameOf(above) === CLI) return [above, ...below(above)];
  }
  return [];
}

function below(pid: number): number[] {
  const children = threadsOf(pid).flatMap((thread) =>
    read(`/proc/${pid}/task/${thread}/children`).split(" ").filter(Boolean).map(Number),
  );
  return children.flatMap((child) => [child, ...below(child)]);
}

/** The kernel has a priority for each thread: a process is what its threads are. */
function threadsOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number);
  } catch {
    return [];
  }
}

function lower(thread: number): void {
  try {
    if (os.getPriority(thread) < STEPPED_BACK_PRIORITY) {
      os.setPriority(thread, STEPPED_BACK_PRIORITY);
    }
  } catch {
    // It has ended, or is another user's: then it goes on as it was.
  }
}

function parentOf(pid: number): number {
  return Number(/^PPid:\s+(\d+)$/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0);
}

function nameOf(pid: number): string {
  return read(`/proc/${pid}/comm`).trim();
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
