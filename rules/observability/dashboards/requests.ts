import { METRICS } from "../metricNames";
import {
  BUDGET,
  CLASSES,
  increaseOf,
  quantileOf,
  rateOf,
  ratioOf,
  QUANTILES,
  type Quantile,
} from "../recordingRules";
import { OF_SERVICES, sumBy, type Dashboard, type Panel } from "./dashboard";

const burn = (window: "1h" | "3d") =>
  `${ratioOf("bad", window)}{${OF_SERVICES}} / on (stack, service) ${BUDGET}{${OF_SERVICES}}`;

const DURATIONS: Panel = {
  ...{ title: "Duration", kind: "graph", unit: "s", width: 24 },
  says: "Within which time half, 95 % and 99 % of the answers have begun, over 5 minutes.",
  queries: (Object.keys(QUANTILES) as Quantile[]).map((quantile) => ({
    expr: `max by (service) (${quantileOf(quantile)}{${OF_SERVICES}})`,
    legend: `{{service}} ${quantile}`,
  })),
};

/** Rate, errors and duration of each service, and what its objective leaves. */
export const REQUESTS: Dashboard = {
  uid: "maestro-requests",
  title: "Requests by service",
  says: "Rate, errors and duration of what users ask, and how fast the objectives' budgets burn.",
  variables: [{ name: "service", metric: METRICS.edgeRequests.name, takes: "any" }],
  rows: [
    {
      title: "Rate, errors, duration",
      panels: [
        {
          ...{ title: "Rate", kind: "graph", unit: "reqps", width: 12 },
          says: "Requests of users a second.",
          queries: [
            {
              expr: sumBy("service", `${rateOf("requests", "1m")}{${OF_SERVICES}}`),
              legend: "{{service}}",
            },
          ],
        },
        {
          ...{ title: "Errors", kind: "graph", unit: "percentunit", width: 12 },
          says: "Share of requests that failed, over 5 minutes.",
          queries: [{ expr: `${ratioOf("bad", "5m")}{${OF_SERVICES}}`, legend: "{{service}}" }],
        },
        DURATIONS,
        {
          ...{ title: "Answers by class", kind: "graph", unit: "reqps", width: 12 },
          says: "By the first digit of their status.",
          queries: [{ expr: sumBy("class", `${CLASSES}{${OF_SERVICES}}`), legend: "{{class}}" }],
        },
        {
          ...{ title: "Slow", kind: "graph", unit: "percentunit", width: 12 },
          says: "Share of requests answered later than `slo.slowSeconds`, over 5 minutes.",
          queries: [{ expr: `${ratioOf("slow", "5m")}{${OF_SERVICES}}`, legend: "{{service}}" }],
        },
      ],
    },
    {
      title: "Objectives",
      panels: [
        {
          ...{ title: "Burn, 1 hour", kind: "graph", unit: "short", width: 12 },
          says: "Failures as a multiple of what the objective allows. At 1 the budget lasts exactly as long as its period.",
          queries: [{ expr: burn("1h"), legend: "{{service}}" }],
        },
        {
          ...{ title: "Burn, 3 days", kind: "graph", unit: "short", width: 12 },
          says: "The same over 3 days: above 1 the objective will be missed if it goes on.",
          queries: [{ expr: burn("3d"), legend: "{{service}}" }],
        },
        {
          ...{ title: "Requests, 1 day", kind: "stat", unit: "short", width: 12 },
          says: "Of each service.",
          queries: [
            { expr: `${increaseOf("requests", "1d")}{${OF_SERVICES}}`, legend: "{{service}}" },
          ],
        },
        {
          ...{ title: "Failures, 1 day", kind: "stat", unit: "short", width: 12 },
          says: "Of each service.",
          queries: [{ expr: `${increaseOf("bad", "1d")}{${OF_SERVICES}}`, legend: "{{service}}" }],
        },
      ],
    },
  ],
};
