import { METRICS } from "../metricNames";
import { rateOf } from "../recordingRules";
import { OF_SERVICES, sumBy, type Dashboard, type LogSource, type Query } from "./dashboard";

/** What is asked of lines, by the labels that the exporter gives each of them. */
interface LineQueries {
  readonly byLevel: Query;
  readonly errors: Query;
  readonly all: Query;
}

const LOGSQL = 'stack:="$stack" service:="$service" release:="$release"';
const LOGQL = 'stack="$stack",service="$service",release="$release"';

const LINES: Readonly<Record<LogSource, LineQueries>> = {
  logs: {
    byLevel: { expr: `${LOGSQL} | stats by (release, level) count() lines` },
    errors: { expr: `${LOGSQL} level:in(error,critical)` },
    all: { expr: LOGSQL },
  },
  loki: {
    byLevel: {
      expr: sumBy("release, level", `count_over_time({${LOGQL}}[$__interval])`),
      legend: "{{release}} {{level}}",
    },
    errors: { expr: `{${LOGQL},level=~"error|critical"}` },
    all: { expr: `{${LOGQL}}` },
  },
};

/** What services write and what their requests went through, by release. */
export const LOGS = logsFrom("logs");

/** The same of a stack whose lines are in Loki; a Grafana has one of both, at the same address. */
export const LOKI_LOGS = logsFrom("loki");

function logsFrom(source: LogSource): Dashboard {
  const lines = LINES[source];
  return {
    uid: "maestro-logs",
    title: "Logs and traces by release",
    says: "Lines and traces of a service in one of the releases that both sets hold. A line's trace_id finds its trace.",
    variables: [
      { name: "service", metric: METRICS.containerUp.name, takes: "one" },
      { name: "release", metric: METRICS.serving.name, takes: "one" },
    ],
    rows: [
      {
        title: "Failures",
        panels: [
          {
            ...{ title: "Failed requests", kind: "graph", unit: "reqps", width: 12 },
            says: "A second, by service and set, over 5 minutes.",
            queries: [
              {
                expr: sumBy("service, set", `${rateOf("bad", "5m")}{${OF_SERVICES}}`),
                legend: "{{set}} {{service}}",
              },
            ],
          },
          {
            ...{ title: "Lines by level", kind: "graph", unit: "short", width: 12, source },
            says: "How many lines of each level, by release.",
            queries: [lines.byLevel],
          },
        ],
      },
      {
        title: "Lines",
        panels: [
          {
            ...{ title: "Errors", kind: "logs", width: 24, source },
            says: "Lines that say they are errors or worse.",
            queries: [lines.errors],
          },
          {
            ...{ title: "All lines", kind: "logs", width: 24, source },
            says: "All that the services have written.",
            queries: [lines.all],
          },
        ],
      },
      {
        title: "Traces",
        panels: [
          {
            ...{ title: "Traces", kind: "traces", width: 24, source: "traces" },
            says: "Requests through the services of the release.",
            queries: [{ expr: "release=$release" }],
          },
        ],
      },
    ],
  };
}
