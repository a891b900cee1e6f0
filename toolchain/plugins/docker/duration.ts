const NANOSECONDS: Readonly<Record<string, number>> = {
  h: 3_600_000_000_000,
  m: 60_000_000_000,
  s: 1_000_000_000,
  ms: 1_000_000,
  us: 1_000,
  µs: 1_000,
  ns: 1,
};

/** Reads a duration as Go writes it: `1m30s`, `500ms`, `0`. */
export function durationNanoseconds(text: string | undefined): number {
  let total = 0;
  for (const [, number = "0", unit = "ns"] of (text ?? "").matchAll(
    /([0-9.]+)(ns|us|µs|ms|s|m|h)/g,
  )) {
    total += Number(number) * (NANOSECONDS[unit] ?? 0);
  }
  return Math.round(total);
}

/** Writes a duration as Go does, so that what was read back equals what the program gave. */
export function formatDuration(nanoseconds: number): string {
  if (nanoseconds === 0) {
    return "0s";
  }
  if (nanoseconds < 1e9) {
    const [unit, size] =
      nanoseconds >= 1e6 ? ["ms", 1e6] : nanoseconds >= 1e3 ? ["µs", 1e3] : ["ns", 1];
    return `${nanoseconds / Number(size)}${unit}`;
  }
  const hours = Math.floor(nanoseconds / 3.6e12);
  const minutes = Math.floor((nanoseconds % 3.6e12) / 6e10);
  const seconds = (nanoseconds % 6e10) / 1e9;
  const parts = [hours > 0 ? `${hours}h` : "", hours + minutes > 0 ? `${minutes}m` : ""];
  return `${parts.join("")}${seconds}s`;
}
