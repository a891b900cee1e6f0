import { readFileSync } from "node:fs";
import path from "node:path";
import { edgeContainerName } from "../../rules/edge/edgeLayout";
import { TOKEN_FILE } from "../../rules/observability/layout";
import { foreignRepository, pushForeignImage } from "../support/foreignImages";
import { MetricsReader } from "../support/metricsReader";
import { TestStack } from "../support/testStack";
import { observerAddresses, observerImages, observerSettings } from "../support/watchedStack";

export const SERVICES = ["checkout", "orders", "stock"] as const;

/** A stack of services that nobody here wrote, instrumented by OpenTelemetry itself, and everything that watches it. */
export class TracedStack {
  readonly stack = new TestStack("itest-observability");
  readonly addresses = observerAddresses(this.stack);

  private constructor(
    private readonly digests: Readonly<Record<string, string>>,
    private readonly settings: object,
  ) {}

  /** Builds what is missing; Jaeger alone takes eight minutes, once a machine. */
  static async build(): Promise<TracedStack> {
    const [python, node] = [
      await pushForeignImage("traced-python"),
      await pushForeignImage("traced-node"),
    ];
    const images = await observerImages();
    const jaeger = `${foreignRepository("jaeger")}@${await pushForeignImage("jaeger")}`;
    const stack = new TestStack("itest-observability");
    const listen = observerAddresses(stack).jaeger;
    return new TracedStack(
      { checkout: python, orders: python, stock: node },
      { ...observerSettings(stack, images), jaeger: { image: jaeger, listen } },
    );
  }

  /** @param changes of `maestro:observability`. */
  configure(version: string, changes: object = {}): void {
    const { stack } = this;
    const python = { repository: foreignRepository("traced-python") };
    const instrumented = (...command: string[]) => ["opentelemetry-instrument", ...command];
    // What is asked for every second tells nobody anything.
    const env = {
      ...{ VERSION: version, OTEL_PYTHON_EXCLUDED_URLS: "health,ready" },
      // Puts the trace into each record of `logging`.
      OTEL_PYTHON_LOG_CORRELATION: "true",
    };
    const services = {
      checkout: {
        ...python,
        command: instrumented("uvicorn", "--host=0.0.0.0", "--port=8000", "gateway_app:app"),
        env: { ...env, EDGE_URL: `http://${edgeContainerName(stack.prefix)}:8080` },
      },
      orders: {
        ...python,
        command: instrumented(
          ...["gunicorn", "--bind=0.0.0.0:8000", "--worker-tmp-dir=/tmp", "--threads=8"],
          "orders_app:app",
        ),
        env,
      },
      stock: { repository: foreignRepository("traced-node"), env: { VERSION: version } },
    };
    stack.configure({
      ...{ release: this.digests, servicesFile: stack.writeServices(services) },
      edge: { tracing: {} },
      rollout: { drainSeconds: 2, keepPrevious: "warm" },
      observability: { ...this.settings, ...changes },
    });
  }

  /** The exporter, which brings logs to where they are kept. */
  startExporter(): Promise<MetricsReader> {
    const token = readFileSync(path.join(this.stack.directory, TOKEN_FILE), "utf8");
    return MetricsReader.start(this.stack, token);
  }
}
