import type { AlertInput } from "./alertRule";
import { METRICS } from "./metricNames";
import { selector } from "./promql";

const DAY_SECONDS = 86_400;
const CERTIFICATE_DAYS = 14;
const DISK_LEFT = 0.15;
/** A disk that is half empty has time, whatever the last hours were like. */
const DISK_HALF = 0.5;
const MOST_LAG_SECONDS = 30;
const MOST_RESTARTS = 3;

/** What is told of a stack and its host. */
export function stackAlerts(stack: string, keepsIdleSet: boolean): AlertInput[] {
  const of = selector({ stack });
  return [
    ...edgeAlerts(stack, of),
    ...releaseAlerts(stack, of, keepsIdleSet),
    ...hostAlerts(stack, of),
  ];
}

function edgeAlerts(stack: string, of: string): AlertInput[] {
  const { edgeUp, followLag, certificateExpiry } = METRICS;
  return [
    {
      ...{ alert: "MaestroEdgeDown", severity: "page", for: "1m" },
      expr: `${edgeUp.name}${of} == 0`,
      summary: "the edge does not run",
      description: "no user gets an answer: the edge's container does not run",
      action: `docker logs --tail 50 <project>-${stack}-edge; docker start <project>-${stack}-edge`,
    },
    {
      ...{ alert: "MaestroMetricsGone", severity: "page", for: "5m" },
      expr: `absent(${edgeUp.name}${of})`,
      summary: "nothing is known of it",
      description: "the exporter maestro-metrics tells nothing: no other alert can fire",
      action: "docker ps --all; is maestro-metrics there, and does Prometheus reach it?",
    },
    {
      ...{ alert: "MaestroMetricsLag", severity: "ticket", for: "5m" },
      expr: `${followLag.name}${of} > ${MOST_LAG_SECONDS}`,
      summary: "figures are late",
      description: "maestro-metrics reads the edge's log {{ $value | humanizeDuration }} late",
      action: "is the host overloaded, or has maestro-metrics reached its limits?",
    },
    {
      ...{ alert: "MaestroCertificateEnds", severity: "ticket", for: "10m" },
      expr: `${certificateExpiry.name}${of} - time() < ${CERTIFICATE_DAYS * DAY_SECONDS}`,
      summary: "the certificate {{ $labels.name }} ends soon",
      description: "the certificate {{ $labels.name }} ends in {{ $value | humanizeDuration }}",
      action: `renew its files on the host; the next update of ${stack} takes them over`,
    },
  ];
}

function releaseAlerts(stack: string, of: string, keepsIdleSet: boolean): AlertInput[] {
  const { rejectedSinceSuccess, idleSetKept, containerRestarts } = METRICS;
  const idle: AlertInput = {
    ...{ alert: "MaestroIdleSetGone", severity: "ticket", for: "30m" },
    expr: `${idleSetKept.name}${of} == 0`,
    summary: "there is no set to go back to",
    description: "the release before is not kept warm: going back would have to start it first",
    action: `maestro status --stack ${stack}; the next release makes the set anew`,
  };
  return [
    ...(keepsIdleSet ? [idle] : []),
    {
      ...{ alert: "MaestroReleaseRejected", severity: "ticket", for: "0m" },
      expr: `${rejectedSinceSuccess.name}${of} > 0`,
      summary: "a release was rejected, and none has succeeded since",
      description: "{{ $value }} rejected since the last release that users kept",
      action: `maestro releases list --stack ${stack}; maestro history show <release> --stack ${stack}`,
    },
    {
      ...{ alert: "MaestroRestartLoop", severity: "ticket", for: "0m" },
      expr: `increase(${containerRestarts.name}${of}[10m]) > ${MOST_RESTARTS}`,
      summary: "{{ $labels.service }} is started again and again",
      description:
        "replica {{ $labels.replica }} of {{ $labels.service }}{{ if $labels.set }} in {{ $labels.set }}{{ end }} was started again {{ $value | humanize }} times in 10 minutes",
      action: `maestro logs --stack ${stack}{{ if $labels.set }} --set {{ $labels.set }}{{ end }} --service {{ $labels.service }}`,
    },
  ];
}

function hostAlerts(stack: string, of: string): AlertInput[] {
  const free = `${METRICS.hostDiskFree.name}${of}`;
  const left = `${free} / ${METRICS.hostDisk.name}${of}`;
  const action = `docker system df; maestro releases list --stack ${stack}; the runbook has a section on a full disk`;
  return [
    {
      ...{ alert: "MaestroDiskLow", severity: "ticket", for: "10m" },
      expr: `${left} < ${DISK_LEFT}`,
      summary: "the disk of {{ $labels.path }} is nearly full",
      description: "{{ $value | humanizePercentage }} of {{ $labels.path }} is free",
      action,
    },
    {
      ...{ alert: "MaestroDiskFills", severity: "page", for: "30m" },
      expr: `predict_linear(${free}[6h], ${DAY_SECONDS}) < 0\nand\n${left} < ${DISK_HALF}`,
      summary: "the disk of {{ $labels.path }} will be full within a day",
      description: "as it filled in the last 6 hours, {{ $labels.path }} is full within 24 hours",
      action,
    },
  ];
}
