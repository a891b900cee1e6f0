import { METRICS } from "../metricNames";
import { rateOf } from "../recordingRules";
import { OF_SERVICES, sumBy, type Dashboard } from "./dashboard";

/** LogsQL, with the labels that the collector gives each line. */
const LINES = 'stack:="$stack" service:="$service" release:="$release"';

/** What services write and what their requests went through, by release. */
export const LOGS: Dashboard = {
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
          ...{ title: "Lines by level", kind: "graph", unit: "short", width: 12, source: "logs" },
          says: "How many lines of each level, by release.",
          queries: [{ expr: `${LINES} | stats by (release, level) count() lines` }],
        },
      ],
    },
    {
      title: "Lines",
      panels: [
        {
          ...{ title: "Errors", kind: "logs", width: 24, source: "logs" },
          says: "Lines that say they are errors or worse.",
          queries: [{ expr: `${LINES} level:in(error,critical)` }],
        },
        {
          ...{ title: "All lines", kind: "logs", width: 24, source: "logs" },
          says: "All that the services have written.",
          queries: [{ expr: LINES }],
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
