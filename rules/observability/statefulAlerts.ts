import type { AlertInput } from "./alertRule";
import { METRICS } from "./metricNames";
import { selector } from "./promql";

/** What is told of one stateful service: that it does not run. The exporter tells of each that is to, also without a container. */
export function statefulAlerts(stack: string, service: string): AlertInput[] {
  const of = selector({ stack, service, set: "" });
  return [
    {
      ...{ alert: "MaestroStatefulServiceDown", severity: "page", for: "1m", labels: { service } },
      expr: `${METRICS.containerUp.name}${of} == 0`,
      summary: `${service} does not run`,
      description: `services of both sets get no connection to ${service}: its container does not run`,
      action: `maestro stateful list --stack ${stack}; maestro logs --stack ${stack} --service ${service}; pulumi up starts it again on its data`,
    },
  ];
}
