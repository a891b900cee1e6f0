import type { LogKeeper } from "../keptLogs";
import type { Dashboard, Source } from "./dashboard";
import { DELIVERY } from "./delivery";
import { LOGS, LOKI_LOGS } from "./logs";
import { RELEASE } from "./release";
import { REQUESTS } from "./requests";
import { RESOURCES } from "./resources";

/** All dashboards, in the order in which they are linked; logs are asked of VictoriaLogs. */
export const DASHBOARDS: readonly Dashboard[] = [RELEASE, REQUESTS, RESOURCES, LOGS, DELIVERY];

/** All dashboards of a stack. @param logsIn what keeps its logs; null: nothing does, or it is not known. */
export function dashboardsFor(logsIn: LogKeeper | null): readonly Dashboard[] {
  if (logsIn !== "lokilogs") return DASHBOARDS;
  return DASHBOARDS.map((dashboard) => (dashboard === LOGS ? LOKI_LOGS : dashboard));
}

/** A question that a panel asks. */
export interface DashboardQuery {
  /** `maestro-release/Requests`, for messages. */
  readonly panel: string;
  readonly source: Source;
  /** With what is chosen in place of variables. */
  readonly expr: string;
  /** When there is an answer; null: always, once the stack has served requests for a minute. */
  readonly only: string | null;
}

/**
 * All questions of all dashboards, as Grafana asks them once a stack is chosen, and all of its services and releases.
 *
 * @param stack value of the label `stack`.
 */
export function dashboardQueries(stack: string): DashboardQuery[] {
  return DASHBOARDS.flatMap(({ uid, rows }) =>
    rows.flatMap(({ panels }) =>
      panels.flatMap(({ title, source = "prometheus", queries }) =>
        queries.map(({ expr, only = null }) => ({
          ...{ panel: `${uid}/${title}`, source, only },
          expr: expr.replaceAll("$stack", stack).replace(/\$(service|release)/g, ".*"),
        })),
      ),
    ),
  );
}
