import { renderAlloyConfig } from "../../../../rules/observability/alloyConfig";

const INPUT = {
  ...{ prefix: "shop-demo", scrapeSeconds: 15, handsTracesOn: false },
  exporter: { address: "10.7.0.1", port: 9464 },
  tokenFile: "/etc/observability/token",
  remoteWrite: "https://prometheus.example.com/api/v1/write",
};

const METRICS = `// For Grafana Alloy in the stack's network; written by \`maestro observability render\`.

prometheus.scrape "maestro" {
	targets           = [{"__address__" = "10.7.0.1:9464"}]
	job_name          = "maestro"
	scrape_interval   = "15s"
	scrape_timeout    = "10s"
	bearer_token_file = "/etc/observability/token"
	forward_to        = [prometheus.remote_write.metrics.receiver]
}

discovery.http "services" {
	url               = "http://10.7.0.1:9464/targets"
	refresh_interval  = "15s"
	bearer_token_file = "/etc/observability/token"
}

prometheus.scrape "services" {
	targets         = discovery.http.services.targets
	job_name        = "services"
	sample_limit    = 10000
	scrape_interval = "15s"
	scrape_timeout  = "10s"
	forward_to      = [prometheus.remote_write.metrics.receiver]
}

prometheus.remote_write "metrics" {
	endpoint {
		url = "https://prometheus.example.com/api/v1/write"
	}
}
`;

const TRACES = `
otelcol.receiver.otlp "services" {
	grpc {
		endpoint = "0.0.0.0:4317"
	}

	http {
		endpoint = "0.0.0.0:4318"
	}

	output {
		traces = [otelcol.processor.batch.traces.input]
	}
}

otelcol.processor.batch "traces" {
	output {
		traces = [otelcol.exporter.otlphttp.jaeger.input]
	}
}

otelcol.exporter.otlphttp "jaeger" {
	client {
		endpoint = "http://shop-demo-jaeger:4318"
	}
}
`;

describe("Alloy's configuration", () => {
  it("asks what the stack's Prometheus asks, with the token, and sends it on", () => {
    expect(renderAlloyConfig(INPUT)).toBe(METRICS);
  });

  it("hands services' traces on to the stack's Jaeger, where there is one", () => {
    expect(renderAlloyConfig({ ...INPUT, handsTracesOn: true })).toBe(METRICS + TRACES);
  });

  it("waits no longer for an answer than until the next question, which Alloy refuses", () => {
    expect(renderAlloyConfig({ ...INPUT, scrapeSeconds: 1 })).toContain('scrape_timeout    = "1s"');
  });
});
