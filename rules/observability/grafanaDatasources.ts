import { stringify } from "yaml";
import { listenUrl } from "../edge/listenUrl";
import type { ObservabilitySettings } from "./settings";

/** Names by which Grafana's datasources lead to each other. */
const UIDS = { prometheus: "maestro-prometheus", logs: "maestro-logs", traces: "maestro-traces" };

/** The stack's servers as a file for Grafana's provisioning, for a Grafana on the same host: a line leads to its trace. */
export function renderDatasources(settings: ObservabilitySettings): string {
  const { prometheus, victoriaLogs, jaeger } = settings;
  const derivedFields = [
    {
      name: "trace",
      matcherType: "label",
      matcherRegex: "trace_id",
      url: "${__value.raw}",
      datasourceUid: UIDS.traces,
    },
  ];
  const sources = [
    { name: "Prometheus", type: "prometheus", uid: UIDS.prometheus, at: prometheus },
    {
      ...{
        name: "Logs",
        type: "victoriametrics-logs-datasource",
        uid: UIDS.logs,
        at: victoriaLogs,
      },
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
