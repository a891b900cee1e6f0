/** What a Linux host says of itself. */
export interface ProcFigures {
  /** `user`, `system`, `idle` ... -> seconds of all processors since the start. */
  readonly cpuSeconds: Readonly<Record<string, number>>;
  readonly memoryBytes: number;
  readonly memoryAvailableBytes: number;
  /** Processes that run or wait, over the last minute. */
  readonly load1: number;
}

/** Content of the files of those names in /proc. */
export interface ProcTexts {
  readonly stat: string;
  readonly meminfo: string;
  readonly loadavg: string;
}

/** Columns of the line `cpu`, as proc(5) has them; guests' time is in `user` already. */
const MODES = ["user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"];
/** The unit of those columns is a hundredth of a second on every Linux. */
const TICKS_PER_SECOND = 100;

/** Reads what /proc says. */
export function readProc({ stat, meminfo, loadavg }: ProcTexts): ProcFigures {
  const [, ...ticks] = /^cpu .*$/m.exec(stat)?.[0].split(/ +/) ?? [];
  return {
    cpuSeconds: Object.fromEntries(
      MODES.map((mode, column) => [mode, Number(ticks[column] ?? 0) / TICKS_PER_SECOND]),
    ),
    memoryBytes: kilobytes(meminfo, "MemTotal") * 1024,
    memoryAvailableBytes: kilobytes(meminfo, "MemAvailable") * 1024,
    load1: Number(loadavg.split(" ")[0]),
  };
}

function kilobytes(meminfo: string, name: string): number {
  return Number(new RegExp(`^${name}: +(\\d+) kB$`, "m").exec(meminfo)?.[1] ?? NaN);
}
