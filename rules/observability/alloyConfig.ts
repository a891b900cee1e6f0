import { OTLP_PORTS } from "./jaegerConfig";
import { observerName, type ListenPoint } from "./layout";
import { SERVICE_TARGETS } from "./metricNames";

/** What Grafana Alloy is told of the stack. */
export interface AlloyConfigInput {
  readonly prefix: string;
  readonly scrapeSeconds: number;
  /** Where the exporter listens, as the stack's containers reach it. */
  readonly exporter: ListenPoint;
  /** File with the exporter's token, as Alloy sees it. */
  readonly tokenFile: string;
  /** Address of a Prometheus that takes remote writes. */
  readonly remoteWrite: string;
  /** Whether the stack has a Jaeger, to which traces are handed on. */
  readonly handsTracesOn: boolean;
}

/** A block of Alloy's language: attributes, and blocks in it. */
interface Block {
  readonly head: string;
  /** Name -> expression. */
  readonly is?: Readonly<Record<string, string>>;
  readonly has?: readonly Block[];
}

/** As Prometheus does unless it is told otherwise, in seconds; more than the interval is refused. */
const MOST_TIMEOUT_SECONDS = 10;

/**
 * Configuration for a Grafana Alloy that runs already, in the stack's network: it asks what the stack's own Prometheus would
 * ask, under the same names of jobs, and sends it on; with a Jaeger it takes services' traces and hands them on. Alloy was
 * never run here.
 */
export function renderAlloyConfig(input: AlloyConfigInput): string {
  const { handsTracesOn } = input;
  const blocks = [...metricBlocks(input), ...(handsTracesOn ? traceBlocks(input.prefix) : [])];
  const says =
    "// For Grafana Alloy in the stack's network; written by `maestro observability render`.\n";
  return [says, ...blocks.map((block) => lines(block).join("\n") + "\n")].join("\n");
}

function metricBlocks(input: AlloyConfigInput): Block[] {
  const { scrapeSeconds, exporter, tokenFile, remoteWrite } = input;
  const address = `${exporter.address}:${exporter.port}`;
  const token = { bearer_token_file: quote(tokenFile) };
  const every = {
    scrape_interval: seconds(scrapeSeconds),
    scrape_timeout: seconds(Math.min(scrapeSeconds, MOST_TIMEOUT_SECONDS)),
  };
  const sent = { forward_to: "[prometheus.remote_write.metrics.receiver]" };
  return [
    {
      head: 'prometheus.scrape "maestro"',
      is: {
        targets: `[{"__address__" = ${quote(address)}}]`,
        ...{ job_name: quote("maestro"), ...every, ...token, ...sent },
      },
    },
    {
      head: 'discovery.http "services"',
      is: {
        url: quote(`http://${address}${SERVICE_TARGETS}`),
        ...{ refresh_interval: seconds(scrapeSeconds), ...token },
      },
    },
    {
      head: 'prometheus.scrape "services"',
      is: {
        targets: "discovery.http.services.targets",
        // As much as the stack's own Prometheus takes: see prometheusConfig.ts.
        ...{ job_name: quote("services"), sample_limit: "10000", ...every, ...sent },
      },
    },
    {
      head: 'prometheus.remote_write "metrics"',
      has: [{ head: "endpoint", is: { url: quote(remoteWrite) } }],
    },
  ];
}

function traceBlocks(prefix: string): Block[] {
  const listen = (port: number) => ({ endpoint: quote(`0.0.0.0:${port}`) });
  const jaeger = `http://${observerName(prefix, "jaeger")}:${OTLP_PORTS.http}`;
  const to = (component: string): Block => ({ head: "output", is: { traces: `[${component}]` } });
  return [
    {
      head: 'otelcol.receiver.otlp "services"',
      has: [
        { head: "grpc", is: listen(OTLP_PORTS.grpc) },
        { head: "http", is: listen(OTLP_PORTS.http) },
        to("otelcol.processor.batch.traces.input"),
      ],
    },
    {
      head: 'otelcol.processor.batch "traces"',
      has: [to("otelcol.exporter.otlphttp.jaeger.input")],
    },
    {
      head: 'otelcol.exporter.otlphttp "jaeger"',
      has: [{ head: "client", is: { endpoint: quote(jaeger) } }],
    },
  ];
}

/** As `alloy fmt` lays them out. */
function lines({ head, is = {}, has = [] }: Block): string[] {
  const width = Math.max(...Object.keys(is).map(({ length }) => length), 0);
  const attributes = Object.entries(is).map(([name, value]) => `${name.padEnd(width)} = ${value}`);
  const blocks = has.flatMap((block, index) => [...(index > 0 ? [""] : []), ...lines(block)]);
  const body = [...attributes, ...blocks].map((line) => (line === "" ? "" : `\t${line}`));
  return [`${head} {`, ...body, "}"];
}

function quote(text: string): string {
  return JSON.stringify(text);
}

function seconds(amount: number): string {
  return quote(`${amount}s`);
}
