import { METRICS } from "../metricNames";
import { quantileOf, rateOf } from "../recordingRules";
import { OF_SERVICES, OF_STACK, sumBy, type Dashboard } from "./dashboard";

const share = (counted: "bad" | "slow") =>
  `${sumBy("set", `${rateOf(counted, "5m")}{${OF_SERVICES}}`)} / (${sumBy("set", `${rateOf("requests", "5m")}{${OF_SERVICES}}`)} > 0)`;

/** Containers of stateful services are in neither set. */
const OF_SETS = `${OF_SERVICES},set!=""`;

/** What a release has changed: blue beside green, with marks where the traffic moved. */
export const RELEASE: Dashboard = {
  uid: "maestro-release",
  title: "Release",
  says: "Blue beside green. A mark is a moment in which the traffic moved.",
  variables: [{ name: "service", metric: METRICS.edgeRequests.name, takes: "any" }],
  rows: [
    {
      title: "Now",
      panels: [
        {
          ...{ title: "Users get", kind: "stat", unit: "short", width: 8 },
          says: "The set that serves and its release; two while a release gets a share.",
          queries: [
            { expr: `${METRICS.serving.name}{${OF_STACK}} == 1`, legend: "{{set}} {{release}}" },
          ],
        },
        {
          ...{ title: "Since", kind: "stat", unit: "s", width: 4 },
          says: "How long ago the traffic last moved.",
          queries: [{ expr: `time() - ${METRICS.switchTimestamp.name}{${OF_STACK}}` }],
        },
        {
          ...{ title: "Rejected since", kind: "stat", unit: "short", width: 4 },
          says: "Releases that gates, health or the watch have rejected since the last one that users kept; `maestro history show` has the verdict of each.",
          queries: [{ expr: `${METRICS.rejectedSinceSuccess.name}{${OF_STACK}}` }],
        },
        {
          ...{ title: "Way back", kind: "stat", unit: "short", width: 4 },
          says: "1: the set before waits, and going back takes a moment.",
          queries: [
            {
              expr: `${METRICS.idleSetKept.name}{${OF_STACK}}`,
              only: "a set before is kept warm",
            },
          ],
        },
        {
          ...{ title: "Healthy replicas", kind: "stat", unit: "short", width: 4 },
          says: "By set.",
          queries: [
            {
              expr: sumBy("set", `${METRICS.containerHealthy.name}{${OF_SERVICES}}`),
              legend: "{{set}}",
            },
          ],
        },
      ],
    },
    {
      title: "Blue and green",
      panels: [
        {
          ...{ title: "Requests", kind: "graph", unit: "reqps", width: 12 },
          says: "Requests of users a second, by the set that has answered.",
          queries: [
            {
              expr: sumBy("set", `${rateOf("requests", "1m")}{${OF_SERVICES}}`),
              legend: "{{set}}",
            },
          ],
        },
        {
          ...{ title: "Failed", kind: "graph", unit: "percentunit", width: 12 },
          says: "Share of requests that failed, as the watch of a release counts them, over 5 minutes.",
          queries: [{ expr: share("bad"), legend: "{{set}}" }],
        },
        {
          ...{ title: "95 % answered within", kind: "graph", unit: "s", width: 12 },
          says: "Of the slowest service chosen, over 5 minutes.",
          queries: [
            {
              expr: `max by (set) (${quantileOf("p95")}{${OF_SERVICES}})`,
              legend: "{{set}}",
            },
          ],
        },
        {
          ...{ title: "Slow", kind: "graph", unit: "percentunit", width: 12 },
          says: "Share of requests answered later than `slo.slowSeconds` of their service.",
          queries: [{ expr: share("slow"), legend: "{{set}}" }],
        },
        {
          ...{ title: "Processor", kind: "graph", unit: "short", width: 12 },
          says: "Cores that the containers of each set use.",
          queries: [
            {
              expr: sumBy("set", `rate(${METRICS.containerCpu.name}{${OF_SETS}}[5m])`),
              legend: "{{set}}",
            },
          ],
        },
        {
          ...{ title: "Memory", kind: "graph", unit: "bytes", width: 12 },
          says: "Memory of the containers of each set, without what can be given back.",
          queries: [
            {
              expr: sumBy("set", `${METRICS.containerMemory.name}{${OF_SETS}}`),
              legend: "{{set}}",
            },
          ],
        },
      ],
    },
  ],
};
