/** Ticks of a process's times a second, as Linux shows them on every machine. */
const TICKS_PER_SECOND = 100;
/** Between a process's name and the time of its start in /proc/<pid>/stat (man 5 proc). */
const WORKER = /^nginx: worker process +\d+ \(nginx\) (?:\S+ ){19}(\d+) /gm;

/**
 * When the oldest worker has started that takes requests: nginx reads its configuration right before. One that still ends
 * requests of the configuration before says so in its title.
 *
 * @param text seconds since 1970, /proc/uptime, then each process's title and /proc/<pid>/stat, a line each.
 */
export function oldestWorker(text: string): Date | null {
  const [now = "", uptime = ""] = text.split("\n");
  const starts = [...text.matchAll(WORKER)].map(([, ticks]) => Number(ticks) / TICKS_PER_SECOND);
  const bootedAt = Number(now) - Number(uptime.split(" ")[0]);
  if (starts.length === 0 || !Number.isFinite(bootedAt)) return null;
  return new Date((bootedAt + Math.min(...starts)) * 1000);
}

/** One file of what `nginx -T` prints. */
export function shownConfig(dump: string, file: string): string {
  const [, after = ""] = dump.split(`# configuration file ${file}:\n`);
  return after.split(/^# configuration file .*:$/m)[0]!.trim();
}
