import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { DURATION_BUCKETS, METRICS, type MetricName } from "../../rules/observability/metricNames";

/** One of {@link METRICS}. */
export type Told = keyof typeof METRICS;

/** All that is told of a stack, as Prometheus' own client keeps it. */
export class Instruments {
  readonly registry = new Registry();
  readonly edgeRequests = this.counter(METRICS.edgeRequests);
  readonly edgeBadRequests = this.counter(METRICS.edgeBadRequests);
  readonly edgeDuration = new Histogram({
    ...this.common(METRICS.edgeDuration),
    buckets: [...DURATION_BUCKETS],
  });
  readonly edgeUp = this.gauge(METRICS.edgeUp);
  readonly followLag = this.gauge(METRICS.followLag);
  readonly serving = this.gauge(METRICS.serving);
  readonly switchTimestamp = this.gauge(METRICS.switchTimestamp);
  readonly rejectedSinceSuccess = this.gauge(METRICS.rejectedSinceSuccess);
  readonly idleSetKept = this.gauge(METRICS.idleSetKept);
  readonly containerUp = this.gauge(METRICS.containerUp);
  readonly containerHealthy = this.gauge(METRICS.containerHealthy);
  readonly containerRestarts = this.counter(METRICS.containerRestarts);
  readonly containerCpu = this.counter(METRICS.containerCpu);
  readonly containerMemory = this.gauge(METRICS.containerMemory);
  readonly containerMemoryLimit = this.gauge(METRICS.containerMemoryLimit);
  readonly hostCpu = this.counter(METRICS.hostCpu);
  readonly hostMemoryAvailable = this.gauge(METRICS.hostMemoryAvailable);
  readonly hostMemory = this.gauge(METRICS.hostMemory);
  readonly hostDiskFree = this.gauge(METRICS.hostDiskFree);
  readonly hostDisk = this.gauge(METRICS.hostDisk);
  readonly hostLoad = this.gauge(METRICS.hostLoad);
  readonly postgresUp = this.gauge(METRICS.postgresUp);
  readonly postgresConnections = this.gauge(METRICS.postgresConnections);
  readonly postgresConnectionsMax = this.gauge(METRICS.postgresConnectionsMax);
  readonly postgresDatabase = this.gauge(METRICS.postgresDatabase);
  readonly postgresTransactions = this.counter(METRICS.postgresTransactions);
  readonly certificateExpiry = this.gauge(METRICS.certificateExpiry);
  readonly backupTimestamp = this.gauge(METRICS.backupTimestamp);
  readonly secretExpiry = this.gauge(METRICS.secretExpiry);
  readonly logLag = this.gauge(METRICS.logLag);

  constructor(stack: string) {
    this.registry.setDefaultLabels({ stack });
    // One without labels would be 0 until it is known.
    this.forget(...(Object.keys(METRICS) as Told[]));
  }

  /** Leaves these out until they are told again. */
  forget(...told: readonly Told[]): void {
    for (const each of told) {
      const metric: Counter | Gauge | Histogram = this[each];
      metric.reset();
      const { labels }: MetricName = METRICS[each];
      if (labels.length === 0) metric.remove();
    }
  }

  private counter(name: MetricName): Counter {
    return new Counter(this.common(name));
  }

  private gauge(name: MetricName): Gauge {
    return new Gauge(this.common(name));
  }

  private common({ name, help, labels }: MetricName) {
    return { name, help, labelNames: [...labels], registers: [this.registry] };
  }
}
