import { backupTime, wholeBackups } from "../../rules/backups/manifest";
import { good, type Examination } from "./examination";

const HOUR_MILLISECONDS = 3_600_000;

/** How old the newest whole backup is. */
export const backups: Examination = {
  name: "backups",
  async look({ stack, prefix, settings: { backups: wanted }, host }) {
    if (wanted === null) return [];
    // Loaded only here: a stack without backups does not pay for a store's modules.
    const { openBackupStore } = await import("../../steps/backups/openBackupStore");
    const store = await openBackupStore(await host(), wanted, prefix);
    const [newest] = wholeBackups(await store.list());
    const mend = `maestro backup take --stack ${stack}`;
    const means = "what is written since is lost with the host";
    if (newest === undefined) {
      return [{ condition: "warning", says: "there is none yet", means, mend }];
    }
    const hours = (Date.now() - backupTime(newest).getTime()) / HOUR_MILLISECONDS;
    const says = `the newest is ${ageOf(hours)} old: ${newest}`;
    const { maxAgeHours } = wanted;
    if (maxAgeHours === undefined || hours <= maxAgeHours) return good(says);
    const wish = `, and is to be ${ageOf(maxAgeHours)} at most`;
    return [{ condition: "bad", says: says + wish, means, mend }];
  },
};

/** `5 hours`, `3 days` */
function ageOf(hours: number): string {
  const [count, unit] = hours < 48 ? [hours, "hour"] : [hours / 24, "day"];
  const whole = Math.floor(count);
  return `${whole} ${unit}${whole === 1 ? "" : "s"}`;
}
