import { readdirSync, readFileSync } from "node:fs";

/** Asking for a process's memory costs 10 ms per GB: more often would slow down what is measured. */
const SAMPLE_MILLISECONDS = 200;
const KILOBYTES_PER_MEGABYTE = 1024;

/**
 * Watches the memory of a process and its descendants: their proportional sets added up, so that a page that several of
 * them share counts once. What lives shorter than the sampling interval can be missed.
 */
export function peakMemory(pid: number): { stop(): number } {
  let peak = 0;
  const sample = () => (peak = Math.max(peak, proportionalKilobytes(pid)));
  const timer = setInterval(sample, SAMPLE_MILLISECONDS);
  return {
    stop: () => {
      clearInterval(timer);
      return peak / KILOBYTES_PER_MEGABYTE;
    },
  };
}

function proportionalKilobytes(root: number): number {
  const parents = new Map(
    readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map((name) => [Number(name), field(`/proc/${name}/status`, "PPid")]),
  );
  return [...parents.keys()]
    .filter((pid) => descends(pid, root, parents))
    .reduce((sum, pid) => sum + field(`/proc/${pid}/smaps_rollup`, "Pss"), 0);
}

function descends(pid: number, root: number, parents: ReadonlyMap<number, number>): boolean {
  for (let at: number | undefined = pid; at; at = parents.get(at)) {
    if (at === root) return true;
  }
  return false;
}

/** A number of one of the kernel's files on a process; 0 where it has ended while we looked. */
function field(file: string, name: string): number {
  try {
    return Number(
      new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(readFileSync(file, "utf8"))?.[1] ?? 0,
    );
  } catch {
    return 0;
  }
}
