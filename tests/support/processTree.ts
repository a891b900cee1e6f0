import { readdirSync, readFileSync } from "node:fs";

/** SIGKILLs a process and all its descendants, parents first, as a machine that loses its power would. */
export function killTree(pid: number): void {
  const children = descendants(pid);
  for (const process_ of [pid, ...children]) {
    try {
      process.kill(process_, "SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }
}

function descendants(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const entry of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, "utf8");
      parents.set(Number(entry), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
    } catch {
      // It has ended while we looked.
    }
  }
  const found: number[] = [];
  const queue = [pid];
  while (queue.length > 0) {
    const parent = queue.shift();
    for (const [child, its] of parents) {
      if (its === parent) {
        found.push(child);
        queue.push(child);
      }
    }
  }
  return found;
}
