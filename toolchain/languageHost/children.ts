import { spawn, type ChildProcess, type SpawnOptions } from "node:child_process";

const children = new Set<ChildProcess>();

/** Starts node on `argv`; the process ends with the language host at the latest. */
export function startNode(argv: readonly string[], options: SpawnOptions): ChildProcess {
  const child = spawn(process.execPath, argv, options);
  children.add(child);
  child.on("close", () => children.delete(child));
  return child;
}

/** Signals every program and plugin that still runs. */
export function killChildren(signal: NodeJS.Signals): void {
  for (const child of children) {
    child.kill(signal);
  }
}

/** Resolves with the exit code; null where a signal ended the process. */
export function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
}
