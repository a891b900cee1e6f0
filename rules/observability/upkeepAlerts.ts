import type { AlertInput } from "./alertRule";
import type { LogKeeper } from "./keptLogs";
import { METRICS } from "./metricNames";
import { selector } from "./promql";

const HOUR_SECONDS = 3_600;
const SECRET_DAYS = 14;
const MOST_LOG_LAG_SECONDS = 60;

/** What of a stack can be late; what it does not have is told by no alert. */
export interface Upkeep {
  /** Age in hours from which on the newest backup is too old. @default - the stack has no backups */
  readonly backupHours?: number;
  /** Whether it is known when secrets end. @default false */
  readonly knowsSecrets?: boolean;
  /** What keeps its logs. @default - nothing does */
  readonly logsIn?: LogKeeper;
}

/** What is told of a stack's backups, secrets and logs. */
export function upkeepAlerts(
  stack: string,
  { backupHours, knowsSecrets = false, logsIn }: Upkeep,
): AlertInput[] {
  const of = selector({ stack });
  return [
    ...(backupHours === undefined ? [] : [backupAlert(stack, of, backupHours)]),
    ...(knowsSecrets ? [secretAlert(stack, of)] : []),
    ...(logsIn === undefined ? [] : [logsAlert(stack, of, logsIn)]),
  ];
}

/** Without a single backup there is no series: then the exporter's own says that the stack is there. */
function backupAlert(stack: string, of: string, hours: number): AlertInput {
  const taken = `${METRICS.backupTimestamp.name}${of}`;
  const none = `${METRICS.edgeUp.name}${of} unless on (stack) ${taken}`;
  return {
    ...{ alert: "MaestroBackupOld", severity: "ticket", for: "30m" },
    expr: `time() - ${taken} > ${hours * HOUR_SECONDS}\nor\n(${none})`,
    summary: "the newest backup is too old",
    description: `the newest backup was taken more than ${hours} hours ago, or there is none`,
    action: `maestro backup list --stack ${stack}; maestro backup take --stack ${stack}; does what takes them regularly still run?`,
  };
}

function secretAlert(stack: string, of: string): AlertInput {
  const end = `${METRICS.secretExpiry.name}${of}`;
  return {
    ...{ alert: "MaestroSecretEnds", severity: "ticket", for: "10m" },
    expr: `${end} - time() < ${SECRET_DAYS * 24 * HOUR_SECONDS}`,
    summary: "the secret {{ $labels.secret }} of {{ $labels.service }} ends soon",
    description:
      "the secret {{ $labels.secret }} of {{ $labels.service }} ends in {{ $value | humanizeDuration }}",
    action: `get another value; maestro secrets set {{ $labels.service }} {{ $labels.secret }} --stack ${stack}; then update, and write its new day`,
  };
}

function logsAlert(stack: string, of: string, keeper: LogKeeper): AlertInput {
  return {
    ...{ alert: "MaestroLogsLag", severity: "ticket", for: "10m" },
    expr: `${METRICS.logLag.name}${of} > ${MOST_LOG_LAG_SECONDS}`,
    summary: "logs are late",
    description: "lines that were written {{ $value | humanizeDuration }} ago are not kept yet",
    action: `docker logs --tail 50 <project>-${stack}-${keeper}; has it room, and has maestro-metrics reached its limits?`,
  };
}
