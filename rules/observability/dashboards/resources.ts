import { METRICS } from "../metricNames";
import { OF_SERVICES, OF_STACK, sumBy, type Dashboard } from "./dashboard";

const CONTAINER = "service, set, replica";
const CONTAINER_LEGEND = "{{set}} {{service}} {{replica}}";
const hostCpu = (mode = "") => `rate(${METRICS.hostCpu.name}{${OF_STACK}${mode}}[5m])`;

/** Use, saturation and errors of the host and of the containers. */
export const RESOURCES: Dashboard = {
  uid: "maestro-resources",
  title: "Host and containers",
  says: "What the host and each container use of what they have.",
  variables: [{ name: "service", metric: METRICS.containerUp.name, takes: "any" }],
  rows: [
    {
      title: "Host",
      panels: [
        {
          ...{ title: "Processor", kind: "graph", unit: "percentunit", width: 12 },
          says: "Share of all cores' time that is used.",
          queries: [
            {
              expr: `1 - ${sumBy("stack", hostCpu(',mode="idle"'))} / ${sumBy("stack", hostCpu())}`,
              legend: "used",
            },
          ],
        },
        {
          ...{ title: "Load", kind: "graph", unit: "short", width: 12 },
          says: "Processes that run or wait; more than there are cores is too much for long.",
          queries: [{ expr: `${METRICS.hostLoad.name}{${OF_STACK}}`, legend: "1 minute" }],
        },
        {
          ...{ title: "Memory", kind: "graph", unit: "percentunit", width: 12 },
          says: "Share that is used and cannot be given back.",
          queries: [
            {
              expr: `1 - ${METRICS.hostMemoryAvailable.name}{${OF_STACK}} / ${METRICS.hostMemory.name}{${OF_STACK}}`,
              legend: "used",
            },
          ],
        },
        {
          ...{ title: "Disk", kind: "graph", unit: "percentunit", width: 12 },
          says: "Share that is free; below 15 % an alert fires.",
          queries: [
            {
              expr: `${METRICS.hostDiskFree.name}{${OF_STACK}} / ${METRICS.hostDisk.name}{${OF_STACK}}`,
              legend: "{{path}}",
            },
          ],
        },
      ],
    },
    {
      title: "Containers",
      panels: [
        {
          ...{ title: "Processor", kind: "graph", unit: "short", width: 12 },
          says: "Cores that each container uses.",
          queries: [
            {
              expr: sumBy(CONTAINER, `rate(${METRICS.containerCpu.name}{${OF_SERVICES}}[5m])`),
              legend: CONTAINER_LEGEND,
            },
          ],
        },
        {
          ...{ title: "Memory", kind: "graph", unit: "percentunit", width: 12 },
          says: "Share of the container's limit; at 1 it is killed.",
          queries: [
            {
              expr: `${METRICS.containerMemory.name}{${OF_SERVICES}} / ${METRICS.containerMemoryLimit.name}{${OF_SERVICES}}`,
              legend: CONTAINER_LEGEND,
            },
          ],
        },
        {
          ...{ title: "Restarts", kind: "graph", unit: "short", width: 12 },
          says: "How often the Docker Engine has started each container again, in an hour.",
          queries: [
            {
              expr: sumBy(
                CONTAINER,
                `increase(${METRICS.containerRestarts.name}{${OF_SERVICES}}[1h])`,
              ),
              legend: CONTAINER_LEGEND,
            },
          ],
        },
        {
          ...{ title: "Running", kind: "graph", unit: "short", width: 12 },
          says: "Containers of each service that run, by set.",
          queries: [
            {
              expr: sumBy("service, set", `${METRICS.containerUp.name}{${OF_SERVICES}}`),
              legend: "{{set}} {{service}}",
            },
          ],
        },
      ],
    },
    {
      title: "Edge",
      panels: [
        {
          ...{ title: "Edge", kind: "stat", unit: "short", width: 8 },
          says: "1: its container runs.",
          queries: [{ expr: `${METRICS.edgeUp.name}{${OF_STACK}}` }],
        },
        {
          ...{ title: "Figures are late by", kind: "stat", unit: "s", width: 8 },
          says: "Age of the last line of the edge's log when it was read.",
          queries: [{ expr: `${METRICS.followLag.name}{${OF_STACK}}` }],
        },
        {
          ...{ title: "Certificate ends in", kind: "stat", unit: "s", width: 8 },
          says: "Below 14 days an alert fires.",
          queries: [
            {
              expr: `${METRICS.certificateExpiry.name}{${OF_STACK}} - time()`,
              legend: "{{name}}",
              only: "the edge speaks TLS",
            },
          ],
        },
      ],
    },
  ],
};
