import { readFile, statfs } from "node:fs/promises";
import { readProc } from "../../rules/observability/procFigures";
import type { Instruments } from "./instruments";

/** What {@link tellHost} tells. */
export const TOLD_OF_HOST = [
  ...(["hostCpu", "hostMemory", "hostMemoryAvailable", "hostLoad"] as const),
  ...(["hostDisk", "hostDiskFree"] as const),
];

/** Tells of this machine, which must be the stack's host. @param paths directories whose file systems matter. */
export async function tellHost(paths: readonly string[], told: Instruments): Promise<void> {
  const [stat, meminfo, loadavg] = await Promise.all(
    ["stat", "meminfo", "loadavg"].map((name) => readFile(`/proc/${name}`, "utf8")),
  );
  const proc = readProc({ stat: stat!, meminfo: meminfo!, loadavg: loadavg! });
  told.hostCpu.reset();
  for (const [mode, seconds] of Object.entries(proc.cpuSeconds))
    told.hostCpu.inc({ mode }, seconds);
  told.hostMemory.set(proc.memoryBytes);
  told.hostMemoryAvailable.set(proc.memoryAvailableBytes);
  told.hostLoad.set(proc.load1);
  for (const path of new Set(paths)) {
    const { bavail, blocks, bsize } = await statfs(path);
    told.hostDiskFree.set({ path }, bavail * bsize);
    told.hostDisk.set({ path }, blocks * bsize);
  }
}
