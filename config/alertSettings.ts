import type { AlertRuleSettings } from "../rules/observability/alertRules";
import { keptLogs } from "../rules/observability/keptLogs";
import type { Settings } from "./settings";

/** What a stack's rules and alerts are made from. */
export function alertSettings(
  stack: string,
  { slos, stateful, postgres, rollout, backups, observability }: Settings,
): AlertRuleSettings {
  const logs = keptLogs(observability);
  return {
    ...{ stack, slos, keepsIdleSet: rollout.keepPrevious === "warm" },
    ...{ stateful: Object.keys(stateful), hasPostgres: postgres !== null },
    ...(observability && {
      upkeep: {
        ...(backups && { backupHours: observability.backupHours }),
        knowsSecrets: Object.keys(observability.secretsEnd).length > 0,
        ...(logs && { logsIn: logs.observer }),
      },
    }),
  };
}
