import type { BackupSettings } from "./backupSettings";
import { backupTime, isBackupName, wholeBackups } from "./manifest";

const DAY_MILLISECONDS = 86_400_000;
/** Files without a manifest may be of a backup that is being taken; after so long nobody takes it any more. */
const UNFINISHED_DAYS = 1;

/** What was begun before then and has not ended was killed. */
export function unfinishedBefore(now: Date): Date {
  return new Date(now.getTime() - UNFINISHED_DAYS * DAY_MILLISECONDS);
}

/**
 * Names of the backups that go: whole ones beyond the count or too old, and what killed ones have left. The newest whole
 * one stays, however old it is.
 *
 * @param files all that is stored.
 */
export function outlivedBackups(
  files: readonly string[],
  { count, days }: BackupSettings["keep"],
  now: Date,
): string[] {
  const age = (name: string) => (now.getTime() - backupTime(name).getTime()) / DAY_MILLISECONDS;
  const whole = wholeBackups(files);
  const tooMany = whole.slice(count);
  const tooOld = days === undefined ? [] : whole.slice(1).filter((name) => age(name) > days);
  const begun = new Set(files.map((file) => file.split(".")[0]!).filter(isBackupName));
  const unfinished = [...begun].filter(
    (name) => !whole.includes(name) && backupTime(name) < unfinishedBefore(now),
  );
  return [...new Set([...tooMany, ...tooOld, ...unfinished])].sort();
}
