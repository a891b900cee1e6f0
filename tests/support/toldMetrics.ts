import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { DURATION_BUCKETS, METRICS, type MetricName } from "../../rules/observability/metricNames";
import { deliverySample } from "./promql";

/** Values of each label; a metric has a series for each combination. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  service: ["web", "api"],
  set: ["blue", "green"],
  release: ["b32d1764d9c8"],
  class: ["2xx", "5xx"],
  replica: ["0"],
  mode: ["idle", "user"],
  path: ["/"],
  name: ["edge"],
  secret: ["API_KEY"],
  database: ["shop"],
  end: ["commit", "rollback"],
};
const DAY_SECONDS = 86_400;
/** Of a stack that is well; what is left out is 1. */
const GAUGES: Readonly<Record<string, () => number>> = {
  [METRICS.followLag.name]: () => 0.2,
  [METRICS.rejectedSinceSuccess.name]: () => 0,
  [METRICS.switchTimestamp.name]: () => Date.now() / 1000 - 3_600,
  [METRICS.hostDiskFree.name]: () => 4e10,
  [METRICS.hostDisk.name]: () => 1e11,
  [METRICS.hostMemoryAvailable.name]: () => 1e9,
  [METRICS.hostMemory.name]: () => 4e9,
  [METRICS.containerMemory.name]: () => 5e7,
  [METRICS.containerMemoryLimit.name]: () => 2.5e8,
  [METRICS.postgresConnections.name]: () => 20,
  [METRICS.postgresConnectionsMax.name]: () => 100,
  [METRICS.certificateExpiry.name]: () => Date.now() / 1000 + 90 * DAY_SECONDS,
  [METRICS.secretExpiry.name]: () => Date.now() / 1000 + 90 * DAY_SECONDS,
  [METRICS.backupTimestamp.name]: () => Date.now() / 1000 - 3_600,
};
const PER_SECOND = 100;

/** Tells all metrics of a stack `demo`, as the exporter does, with counters that grow by the clock. */
export class ToldMetrics {
  /** Share of the requests to `web` that fail from now on. */
  badShare = 0;
  edgeUp = 1;
  private readonly started = Date.now();

  private constructor(private readonly server: Server) {}

  static async start(): Promise<ToldMetrics> {
    const server = createServer((_, response) => response.end(told.text()));
    const told = new ToldMetrics(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return told;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private text(): string {
    return [...Object.values(METRICS).map((metric) => this.samplesOf(metric)), deliverySample()]
      .flat()
      .join("\n");
  }

  private samplesOf({ name, type, labels }: MetricName): string[] {
    const grown = (PER_SECOND * (Date.now() - this.started)) / 1000;
    return combinations(labels).flatMap((of) => {
      if (type === "gauge") return [`${name}{${of}} ${this.gauge(name)}`];
      if (type === "counter") return [`${name}{${of}} ${this.counter(name, of, grown)}`];
      const buckets = [...DURATION_BUCKETS.map(String), "+Inf"].map(
        (le, index) => `${name}_bucket{${of},le="${le}"} ${(grown * (index + 1)) / 13}`,
      );
      return [...buckets, `${name}_sum{${of}} ${grown}`, `${name}_count{${of}} ${grown}`];
    });
  }

  private gauge(name: string): number {
    return name === METRICS.edgeUp.name ? this.edgeUp : (GAUGES[name]?.() ?? 1);
  }

  private counter(name: string, of: string, grown: number): number {
    if (name === METRICS.containerRestarts.name) return 0;
    if (name !== METRICS.edgeBadRequests.name) return grown;
    return of.includes('service="web"') ? grown * this.badShare : 0;
  }
}

/** `stack="demo",set="blue"`, and so on for all values of all labels. */
function combinations(labels: readonly string[]): string[] {
  return labels.reduce(
    (all, label) => all.flatMap((of) => VALUES[label]!.map((value) => `${of},${label}="${value}"`)),
    ['stack="demo"'],
  );
}
