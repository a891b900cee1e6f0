import { stringify } from "yaml";
import { listenUrl } from "../edge/listenUrl";
import { keptLogs, type LogKeeper } from "./keptLogs";
import type { ObservabilitySettings } from "./settings";

/** Names by which Grafana's datasources lead to each other. */
const UIDS = { prometheus: "maestro-prometheus", logs: "maestro-logs", traces: "maestro-traces" };

/** What Grafana calls what it asks for logs; VictoriaLogs' is a plugin that has to be installed. */
export const LOG_PLUGINS: Readonly<Record<LogKeeper, string>> = {
  victorialogs: "victoriametrics-logs-datasource",
  lokilogs: "loki",
};

/** The stack's servers as a file for Grafana's provisioning, for a Grafana on the same host: a line leads to its trace. */
export function renderDatasources(settings: ObservabilitySettings): string {
  const { prometheus, jaeger } = settings;
  const logs = keptLogs(settings);
  const derivedFields = [
    {
      name: "trace",
      matcherType: "label",
      matcherRegex: "trace_id",
      // Grafana puts variables of its environment into such a file, so a `$` of its own is two.
      url: "$${__value.raw}",
      datasourceUid: UIDS.traces,
    },
  ];
  const sources = [
    { name: "Prometheus", type: "prometheus", uid: UIDS.prometheus, at: prometheus },
    {
      ...{ name: "Logs", type: logs && LOG_PLUGINS[logs.observer], uid: UIDS.logs },
      ...{ at: logs?.server },
      ...(jaeger && { jsonData: { derivedFields } }),
    },
    { name: "Traces", type: "jaeger", uid: UIDS.traces, at: jaeger },
  ];
  return stringify({
    apiVersion: 1,
    datasources: sources.flatMap(({ at, ...source }) =>
      at ? [{ ...source, access: "proxy", url: listenUrl(at.listen), editable: false }] : [],
    ),
  });
}
