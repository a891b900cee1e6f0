import type { AlertInput } from "./alertRule";
import { METRICS } from "./metricNames";
import { selector } from "./promql";

const MOST_CONNECTIONS = 0.8;

/** What is told of a stack's own database server. */
export function postgresAlerts(stack: string): AlertInput[] {
  const of = selector({ stack });
  const { postgresUp, postgresConnections, postgresConnectionsMax } = METRICS;
  return [
    {
      ...{ alert: "MaestroPostgresDown", severity: "page", for: "1m" },
      expr: `${postgresUp.name}${of} == 0`,
      summary: "the database server does not answer",
      description: "the stack's own PostgreSQL does not run, or lets nobody in",
      action: `docker logs --tail 50 <project>-${stack}-postgres; docker start <project>-${stack}-postgres`,
    },
    {
      ...{ alert: "MaestroPostgresConnections", severity: "ticket", for: "10m" },
      expr: `${postgresConnections.name}${of} / ${postgresConnectionsMax.name}${of} > ${MOST_CONNECTIONS}`,
      summary: "the database server has nearly no connection left",
      description:
        "{{ $value | humanizePercentage }} of its connections are taken; the next services get none",
      action: "do services give connections back, and does each set have fewer than half of them?",
    },
  ];
}
