import { parse } from "yaml";
import type { ChannelSettings } from "../../../../rules/notices/channels";
import { planObservability } from "../../../../rules/observability/plan";
import { digest, settingsWith } from "../../../support/fixtures";

const IMAGE = `registry.example.com/prometheus@${digest("f")}`;
const SLO = { objectivePercent: 99.5, periodDays: 30, slowSeconds: 1 };
const CHANNELS: ChannelSettings[] = [
  { kind: "slack", name: "ops", events: [], urlFrom: "SLACK_URL" },
  { kind: "pagerduty", name: "pagerduty", events: [], routingKeyFrom: "PAGER_KEY" },
  { kind: "webhook", name: "webhook", events: [], urlFrom: "HOOK_URL" },
];

function plan(
  channels: readonly ChannelSettings[] = CHANNELS,
  changes: object = {},
  others: object = { profile: "minimal" },
) {
  const { observability } = settingsWith({
    "config.edge.tracing": {},
    "config.observability": {
      ...others,
      prometheus: { image: IMAGE, ...changes },
      alertmanager: { image: IMAGE },
    },
  });
  return planObservability({
    ...{ prefix: "shop-demo", subnet: "10.7.0.0/16", settings: observability!, channels },
    ...{ stack: "demo", slos: { web: SLO }, keepsIdleSet: true },
  });
}

function fileOf(observer: string, name: string): unknown {
  const { files } = plan().observers.find((each) => each.observer === observer)!;
  return parse(files[`/etc/observability/${name}`]!);
}

describe("an observability stack", () => {
  it("remembers for as long and as much as it may, and is reached on loopback", () => {
    const [alertmanager, prometheus] = plan(CHANNELS, { retentionDays: 30 }).observers;
    expect(prometheus).toMatchObject({
      listen: { address: "127.0.0.1", port: 9090 },
      memoryMegabytes: 512,
      dataPath: "/prometheus",
      networks: ["shop-demo-observability", "shop-demo"],
    });
    expect(prometheus!.command).toEqual([
      "prometheus",
      "--config.file=/etc/observability/prometheus.yml",
      "--storage.tsdb.path=/prometheus",
      "--storage.tsdb.retention.time=30d",
      "--storage.tsdb.retention.size=5GB",
      "--web.listen-address=:9090",
    ]);
    expect(alertmanager!.networks).toEqual(["shop-demo-observability"]);
    expect(alertmanager!.command).toContain("--data.retention=120h");
  });

  it("asks the exporter at the gateway, with a token, and the services where that says they are", () => {
    const authorization = { type: "Bearer", credentials_file: "/etc/observability/token" };
    expect(fileOf("prometheus", "prometheus.yml")).toEqual({
      global: { scrape_interval: "15s", evaluation_interval: "15s" },
      rule_files: ["/etc/observability/rules.yml"],
      alerting: {
        alertmanagers: [{ static_configs: [{ targets: ["shop-demo-alertmanager:9093"] }] }],
      },
      scrape_configs: [
        {
          ...{ job_name: "maestro", authorization },
          static_configs: [{ targets: ["10.7.0.1:9464"] }],
        },
        {
          ...{ job_name: "services", sample_limit: 10_000, body_size_limit: "10MB" },
          http_sd_configs: [
            { url: "http://10.7.0.1:9464/targets", authorization, refresh_interval: "15s" },
          ],
        },
        {
          job_name: "observability",
          static_configs: [{ targets: ["127.0.0.1:9090", "shop-demo-alertmanager:9093"] }],
        },
      ],
    });
  });

  it("tells Slack everything and PagerDuty what pages, by files that hold what is secret", () => {
    const config = fileOf("alertmanager", "alertmanager.yml") as {
      receivers: { slack_configs: object[]; pagerduty_configs?: object[] }[];
    };
    expect(config).toMatchObject({
      route: {
        receiver: "everybody",
        routes: [{ receiver: "on call", matchers: ['severity="page"'] }],
      },
    });
    const [onCall, everybody] = config.receivers;
    const slack = { api_url_file: "/etc/observability/channel-ops", send_resolved: true };
    expect(everybody!.slack_configs).toEqual([expect.objectContaining(slack)]);
    expect(everybody!.pagerduty_configs).toBeUndefined();
    expect(onCall!.pagerduty_configs).toEqual([
      expect.objectContaining({ routing_key_file: "/etc/observability/channel-pagerduty" }),
    ]);
    expect(plan().secrets).toEqual([
      { file: "channel-ops", variable: "SLACK_URL" },
      { file: "channel-pagerduty", variable: "PAGER_KEY" },
    ]);
  });

  it("tells nobody where no channel can be told, and has no secret then", () => {
    const { observers, secrets } = plan([CHANNELS[2]!]);
    expect(secrets).toEqual([]);
    expect(JSON.stringify(observers)).not.toMatch(/slack|pagerduty|webhook/);
  });
});

describe("an observability stack with logs and traces", () => {
  const full = plan(
    [],
    {},
    {
      profile: "full",
      victoriaLogs: { image: IMAGE, retentionDays: 14, retentionGigabytes: 2 },
      jaeger: { image: IMAGE },
    },
  );
  const [, prometheus, victoriaLogs, jaeger] = full.observers;

  it("bounds logs by time and by room, where no service reaches them", () => {
    expect(victoriaLogs).toMatchObject({
      listen: { address: "127.0.0.1", port: 9428 },
      networks: ["shop-demo-observability"],
      memoryMegabytes: 512,
      command: [
        "-storageDataPath=/var/lib/observability/data",
        "-retentionPeriod=14d",
        "-retention.maxDiskSpaceUsageBytes=2GB",
        "-httpListenAddr=:9428",
        "-http.disableCORS",
      ],
    });
  });

  it("takes traces of services, keeps them for a time, and answers on loopback", () => {
    expect(jaeger).toMatchObject({
      listen: { address: "127.0.0.1", port: 16686 },
      networks: ["shop-demo-observability", "shop-demo"],
      command: ["--config=/etc/observability/jaeger.yml"],
    });
    const config = parse(jaeger!.files["/etc/observability/jaeger.yml"]!) as {
      extensions: Record<string, { backends: object }>;
      receivers: object;
    };
    expect(config.extensions["jaeger_storage"]!.backends).toMatchObject({
      stack: { badger: { ephemeral: false, ttl: { spans: "72h" } } },
    });
    expect(config.receivers).toEqual({
      otlp: {
        protocols: { http: { endpoint: "0.0.0.0:4318" }, grpc: { endpoint: "0.0.0.0:4317" } },
      },
    });
  });

  it("is watched by the same Prometheus", () => {
    expect(prometheus!.files["/etc/observability/prometheus.yml"]).toContain(
      "shop-demo-victorialogs:9428",
    );
  });
});

describe("an observability stack with its logs in Loki", () => {
  const loki = { image: IMAGE, retentionDays: 14, memoryMegabytes: 1024 };
  const { observers } = plan([], {}, { profile: "full", loki });

  it("has it in place of VictoriaLogs, as strict, where no service reaches it", () => {
    const files = { "/etc/observability/loki.yml": expect.any(String) as string };
    expect(observers.map(({ observer }) => observer)).toEqual([
      "alertmanager",
      "prometheus",
      "lokilogs",
    ]);
    expect(observers[2]).toEqual({
      ...{ observer: "lokilogs", image: IMAGE, memoryMegabytes: 1024, ownProgram: true },
      ...{ listen: { address: "127.0.0.1", port: 3100 }, port: 3100 },
      networks: ["shop-demo-observability"],
      ...{ dataPath: "/var/lib/observability", dataDirectory: "data" },
      command: ["-config.file=/etc/observability/loki.yml"],
      files,
    });
    expect(observers[1]!.files["/etc/observability/prometheus.yml"]).toContain(
      "shop-demo-lokilogs:3100",
    );
  });
});
