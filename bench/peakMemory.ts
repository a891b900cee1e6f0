import { readdirSync, readFileSync } from "node:fs";

const SAMPLE_MILLISECONDS = 50;
const KILOBYTES_PER_MEGABYTE = 1024;

/**
 * Watches the memory of a process and its descendants: their resident sets added up, so pages that two of them share
 * count twice. What lives shorter than the sampling interval can be missed.
 */
export function peakMemory(pid: number): { stop(): number } {
  let peak = 0;
  const sample = () => (peak = Math.max(peak, residentKilobytes(pid)));
  const timer = setInterval(sample, SAMPLE_MILLISECONDS);
  return {
    stop: () => {
      clearInterval(timer);
      return peak / KILOBYTES_PER_MEGABYTE;
    },
  };
}

function residentKilobytes(root: number): number {
  const processes = new Map<number, { parent: number; kilobytes: number }>();
  for (const entry of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    const status = readStatus(entry);
    if (status) processes.set(Number(entry), status);
  }
  let sum = 0;
  for (const [pid, { kilobytes }] of processes) {
    if (descends(pid, root, processes)) sum += kilobytes;
  }
  return sum;
}

function descends(
  pid: number,
  root: number,
  processes: ReadonlyMap<number, { readonly parent: number }>,
): boolean {
  for (let at: number | undefined = pid; at; at = processes.get(at)?.parent) {
    if (at === root) return true;
  }
  return false;
}

function readStatus(pid: string): { parent: number; kilobytes: number } | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const field = (name: string) =>
      Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1]);
    return { parent: field("PPid"), kilobytes: field("VmRSS") || 0 };
  } catch {
    // It has ended while we looked.
    return null;
  }
}
