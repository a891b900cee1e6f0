import { instanceRoot } from "../../config/project";
import { openChecks } from "../../checks/openChecks";
import type { Check, CheckedSet, Finding } from "../../checks/check";
import type { HealthGateSettings } from "../../rules/health/healthGate";
import type { HeldSet, TargetHands, Unfit } from "../../targets/hands";
import { elapsed, sleep } from "../../targets/timing";

const LOOK_INTERVAL_MILLISECONDS = 1_000;
const LOG_LINES = 50;

/**
 * Has a set that is ready show what its stack wants to see before users get it: what is tried once, then that it stays
 * ready for a while, then what is left behind by that. A set that is not ready for a moment begins its while again, until
 * its services' longest deadline is over on top; what time cannot mend ends it at once.
 *
 * @returns why it may not take traffic; null: it may.
 */
export async function proveHealth(
  hands: TargetHands,
  set: HeldSet,
  settings: HealthGateSettings,
): Promise<Unfit | null> {
  const checks = await openChecks(settings, instanceRoot());
  const checked = { hands, set };
  const start = performance.now();
  const found =
    (await lookAt("first", checks, checked)) ??
    (await stayWell(checks, checked, settings)) ??
    (await lookAt("last", checks, checked));
  if (found) return unfitOf(checked, found);
  if (settings.stabilizeSeconds > 0)
    console.log(`${set.color} set stayed well for ${elapsed(start)}`);
  return null;
}

/** What a check has found, with its name. */
type Found = readonly Finding[];

async function lookAt(
  moment: Check["moment"],
  checks: readonly Check[],
  checked: CheckedSet,
): Promise<Found | null> {
  const asked = checks.filter((check) => check.moment === moment);
  const found = (await Promise.all(asked.map((check) => check.look(checked)))).flat();
  return found.length > 0 ? found : null;
}

async function stayWell(
  checks: readonly Check[],
  checked: CheckedSet,
  { stabilizeSeconds }: HealthGateSettings,
): Promise<Found | null> {
  const services = Object.values(checked.set.record.services);
  const patience = Math.max(0, ...services.map(({ health }) => health.deadlineSeconds));
  const deadline = performance.now() + (stabilizeSeconds + patience) * 1000;
  let wellSince = performance.now();
  for (;;) {
    const found = await lookAt("while", checks, checked);
    const now = performance.now();
    if (found) {
      if (now >= deadline || !found.every(({ mayPass }) => mayPass)) return found;
      wellSince = now;
    } else if (now - wellSince >= stabilizeSeconds * 1000) {
      return null;
    }
    await sleep(
      Math.min(LOOK_INTERVAL_MILLISECONDS, Math.max(50, wellSince + stabilizeSeconds * 1000 - now)),
    );
  }
}

async function unfitOf({ hands, set }: CheckedSet, found: Found): Promise<Unfit> {
  const says = found.map(
    ({ part, says }) => `${part ? `${part.service}-${part.replica}: ` : ""}${says}`,
  );
  const part = found.find((finding) => finding.part)?.part;
  const logs = part ? await hands.readLog(set, part, LOG_LINES).catch(() => []) : [];
  return { kind: "unwell", says: [...new Set(says)].join("\n"), logs };
}
