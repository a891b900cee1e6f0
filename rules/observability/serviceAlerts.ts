import type { AlertInput } from "./alertRule";
import { METRICS } from "./metricNames";
import { selector } from "./promql";
import { increaseOf, ratioOf } from "./recordingRules";
import { BURN_WINDOWS, burnThreshold, type BurnWindow, type SloSettings } from "./slo";

/** With fewer failures in the long window nobody is told: one of a quiet service is a large share. */
const FEWEST_BAD = 10;
/** A service that is hardly asked is told of by its failures in 6 hours. */
const QUIET = { window: "6h", bad: 20, share: 0.1 } as const;

/** What is told of one service: that its budget burns, and that nothing is known of it. */
export function serviceAlerts(stack: string, service: string, slo: SloSettings): AlertInput[] {
  const alerts = [
    ...BURN_WINDOWS.map((window) => burns(stack, service, slo, window)),
    quietFails(stack, service),
    isUnknown(stack, service),
    hasNoReplica(stack, service),
  ];
  return alerts.map((alert) => ({ ...alert, labels: { ...alert.labels, service } }));
}

function burns(stack: string, service: string, slo: SloSettings, window: BurnWindow): AlertInput {
  const { severity, long, short } = window;
  const of = selector({ stack, service });
  const most = burnThreshold(slo, window);
  return {
    ...{ alert: "MaestroErrorBudgetBurns", severity, for: "2m", labels: { window: long } },
    expr: [
      `${ratioOf("bad", long)}${of} > ${most}`,
      `${ratioOf("bad", short)}${of} > ${most}`,
      `${increaseOf("bad", long)}${of} >= ${FEWEST_BAD}`,
    ].join("\nand\n"),
    summary: `${service} fails too often`,
    description: `{{ $value | humanizePercentage }} of the requests to ${service} failed in ${long}, and still more than ${percent(most)} in ${short}; ${slo.objectivePercent} % in ${slo.periodDays} d are promised`,
    action: `maestro status --stack ${stack}; if it began with the last release: maestro rollback --stack ${stack}`,
  };
}

function quietFails(stack: string, service: string): AlertInput {
  const { window, bad, share } = QUIET;
  const of = selector({ stack, service });
  return {
    ...{ alert: "MaestroQuietServiceFails", severity: "page", for: "2m" },
    expr: [
      `${ratioOf("bad", window)}${of} > ${share}`,
      `${increaseOf("bad", window)}${of} >= ${bad}`,
      // Or it would go on for hours after its end.
      `${increaseOf("bad", "1h")}${of} > 0`,
    ].join("\nand\n"),
    summary: `${service} has few requests, and many of them fail`,
    description: `{{ $value | humanizePercentage }} of the requests to ${service} failed in ${window}, ${bad} or more`,
    action: `maestro logs --stack ${stack} --service ${service} --level error`,
  };
}

/** Over nothing every objective is kept, so that there is nothing must be told. */
function isUnknown(stack: string, service: string): AlertInput {
  return {
    ...{ alert: "MaestroServiceUnknown", severity: "ticket", for: "15m" },
    expr: `absent(${METRICS.edgeRequests.name}${selector({ stack, service })})\nand on ()\n${METRICS.edgeUp.name}${selector({ stack })} == 1`,
    summary: `nothing is known of requests to ${service}`,
    description: `${service} is in services.yaml, and the exporter tells of no requests to it: its other alerts cannot fire`,
    action: `maestro status --stack ${stack}; is ${service} released, or has it another name?`,
  };
}

/** Containers that are gone tell nothing, so that their series are there is asked too. */
function hasNoReplica(stack: string, service: string): AlertInput {
  const serving = `${METRICS.serving.name}${selector({ stack })} == 1`;
  const healthy = `${METRICS.containerHealthy.name}${selector({ stack, service })} == 1`;
  return {
    ...{ alert: "MaestroNoHealthyReplica", severity: "page", for: "1m" },
    expr: `absent((${healthy}) and on (stack, set) (${serving}))\nand on ()\n${serving}`,
    summary: `no replica of ${service} is healthy`,
    description: `users get a set in which no replica of ${service} passes its health check`,
    action: `maestro status --stack ${stack}; maestro logs --stack ${stack} --service ${service}`,
  };
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(4))} %`;
}
