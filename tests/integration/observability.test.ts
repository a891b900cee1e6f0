import { readFileSync } from "node:fs";
import path from "node:path";
import execa from "execa";
import { connectEngine } from "../../host/engine";
import { ALERTMANAGER_CONFIG } from "../../rules/observability/alertmanagerConfig";
import { observerName, TOKEN_FILE } from "../../rules/observability/layout";
import { PROMETHEUS_FILES } from "../../rules/observability/prometheusConfig";
import { ChannelServer } from "../support/channelServer";
import { CountedUsers } from "../support/countedUsers";
import { goHttpbinService, tracedService } from "../support/foreignServices";
import { pushForeignImage } from "../support/foreignImages";
import { LogReader, logQueries, type KeptLine } from "../support/logReader";
import { askPrometheus, MetricsReader } from "../support/metricsReader";
import { builtImages, succeed, TestStack } from "../support/testStack";
import * as watched from "../support/watchedStack";

jest.setTimeout(600_000);

const stack = new TestStack("itest-observability");
const GATEWAY = "maestro-gateway";
const ORDERS = "orders";
const PER_SECOND = 50;
const PATHS = [
  ["web", "/web/get"],
  ["web", "/web/status/503"],
  ["web", "/web/status/404"],
  [GATEWAY, "/gateway/health"],
] as const;
const LISTEN = watched.observerAddresses(stack);
const [PROMETHEUS, VICTORIA_LOGS] = [LISTEN.prometheus, LISTEN.victorialogs];
let images: watched.ObserverImages;
let digests: Readonly<Record<string, string>>;
let reader: MetricsReader;
let slack: ChannelServer;
const users = new CountedUsers(stack.url, PATHS, PER_SECOND);

beforeAll(async () => {
  images = await watched.observerImages();
  digests = {
    web: await pushForeignImage("go-httpbin"),
    [ORDERS]: await pushForeignImage("python"),
    [GATEWAY]: builtImages().release[GATEWAY]!,
  };
  slack = await ChannelServer.start("0.0.0.0");
  stack.extraEnvironment["SLACK_URL"] = watched.fromContainers(stack, slack.url);
  await stack.create({});
  await watched.forgetObservers(stack);
});

afterAll(async () => {
  await reader?.stop();
  await stack.remove();
  await watched.forgetObservers(stack);
  await slack.stop();
});

/** @param observability null: nothing watches it. */
function configure(version: string, observability: object | null = {}) {
  const services = {
    web: goHttpbinService({ env: { VERSION: version } }),
    [ORDERS]: tracedService(),
    [GATEWAY]: { route: { path: "/gateway/", stripPrefix: true } },
  };
  stack.configure({
    ...{ release: digests, edge: { tracing: {} }, servicesFile: stack.writeServices(services) },
    rollout: { drainSeconds: 1, keepPrevious: "warm" },
    notices: {
      channels: [
        { kind: "slack", urlFrom: "SLACK_URL" },
        { kind: "pagerduty", routingKeyFrom: "PAGER_KEY" },
      ],
    },
    ...(observability && {
      observability: {
        ...{ ...watched.observerSettings(stack, images), scrape: { [GATEWAY]: {} } },
        ...observability,
      },
    }),
  });
}

const query = (promql: string) => askPrometheus(PROMETHEUS, promql);

const [alertmanager, prometheus, victoriaLogs] = (
  ["alertmanager", "prometheus", "victorialogs"] as const
).map((observer) => observerName(stack.prefix, observer)) as [string, string, string];
const logs = new LogReader(VICTORIA_LOGS);
/** An alert as a rule of Prometheus' makes one. */
const ALERT = ["alertname=Burning", "severity=ticket", "stack=demo", "service=web"];

describe("what watches a stack", () => {
  it("comes up behind the first release, and takes the configuration it was given", async () => {
    configure("1");
    const output = await succeed(stack.up());
    expect(output).toContain(`prometheus is ready at http://${PROMETHEUS}`);
    expect(output).toContain("PAGER_KEY is not set here, so its channel is told of no alert");
    const routes = ["config", "routes", "test", `--config.file=${ALERTMANAGER_CONFIG}`];
    const told = (severity: string) =>
      watched.runInObserver(alertmanager, "amtool", ...routes, severity);
    expect(await told("severity=page")).toMatch(/^on call$/m);
    expect(await told("severity=ticket")).toMatch(/^everybody$/m);
    const check = ["promtool", "check", "config", PROMETHEUS_FILES.config];
    expect(await watched.runInObserver(prometheus, ...check)).toContain("SUCCESS");
    const here = "--alertmanager.url=http://127.0.0.1:9093";
    const said = ["summary=web fails", "action=go back"].map((each) => `--annotation=${each}`);
    await watched.runInObserver(alertmanager, "amtool", "alert", "add", here, ...ALERT, ...said);
  });

  it("counts what users get of each set and release, over a release in which it and its logs die", async () => {
    const token = readFileSync(path.join(stack.directory, TOKEN_FILE), "utf8");
    reader = await MetricsReader.start(stack, token);
    users.start();
    configure("2");
    const remove = (name: string) => connectEngine().getContainer(name).remove({ force: true });
    const kill = () => Promise.all([prometheus, victoriaLogs].map(remove));
    const result = await stack.upDisturbedAt(/claim/, kill);
    await users.stop();
    expect(result.exitCode).toBe(0);
    const { activeColor, release } = await stack.outputs();
    const classes = ["2xx", "4xx", "5xx"].map((of) => ["web", of]);
    expect([...users.counted.keys()].sort()).toEqual(
      [[GATEWAY, "2xx"], ...classes]
        .flatMap(([service, of]) => ["blue", "green"].map((set) => `${service} ${set} ${of}`))
        .sort(),
    );
    await watched.untilCounted(() => reader.requests(), users.counted);
    const bad = await reader.samples("maestro_edge_bad_requests_total");
    const failed = bad.find(
      ({ labels: { service, set } }) => service === "web" && set === activeColor,
    );
    expect(failed).toEqual({
      labels: { stack: stack.name, service: "web", set: activeColor, release: release.id },
      value: users.counted.get(`web ${activeColor} 5xx`),
    });
  });

  it("is told of nobody without its token", async () => {
    expect((await reader.ask("/metrics", "x".repeat(43))).status).toBe(401);
    expect((await reader.ask("/targets", "")).status).toBe(401);
  });

  it("is made again by a change of its settings, which touches no set", async () => {
    const before = await sets();
    const { prometheus: settings } = watched.observerSettings(stack, images);
    configure("2", { prometheus: { ...settings, retentionDays: 7 } });
    const output = await succeed(stack.up());
    expect(await sets()).toEqual(before);
    expect(output).toContain(`prometheus is ready at http://${PROMETHEUS}`);
    const { Args } = await connectEngine().getContainer(prometheus).inspect();
    expect(Args).toContain("--storage.tsdb.retention.time=7d");
    const { release, activeColor } = await stack.outputs();
    const all = [...(await reader.requests()).values()].reduce((sum, value) => sum + value, 0);
    await watched.until("Prometheus has what the exporter counts", async () => {
      const [found] = await query("sum(maestro_edge_requests_total)");
      return found?.value === all;
    });
    const labels = { service: GATEWAY, set: activeColor, release: release.id, replica: "0" };
    await watched.until("Prometheus has what the service tells itself", async () => {
      const selector = Object.entries(labels).map(([key, value]) => `${key}="${value}"`);
      const found = await query(`up{job="services",${selector.join()}}`);
      return found.length === 1 && found[0]!.value === 1;
    });
    expect(await query(`maestro_container_up{set="${activeColor}",service="web"}`)).toEqual([
      expect.objectContaining({ value: 1 }),
    ]);
    expect(await query("maestro_idle_set_kept")).toEqual([expect.objectContaining({ value: 1 })]);
  });

  it("has each line of the edge, and none twice, also of when nobody kept them", async () => {
    await watched.untilCounted(() => logs.requests(), users.counted);
  });

  it("finds by a trace what the edge and the service say of it, by field, with set and release", async () => {
    const { activeColor, release } = await stack.outputs();
    await fetch(`${stack.url}/${ORDERS}/orders/4711`);
    await fetch(`${stack.url}/${ORDERS}/orders/0`);
    let lines: KeptLine[] = [];
    await watched.until("both lines are kept", async () => {
      const [edge] = await logs.find(`service:="edge" uri:="/${ORDERS}/orders/4711"`);
      lines = await logs.find(`trace_id:="${edge!["trace_id"]}" | sort by (service)`);
      return lines.length === 2;
    });
    const whose = { stack: stack.name, set: activeColor, release: release.id, replica: "0" };
    expect(lines).toEqual([
      expect.objectContaining({ ...whose, service: "edge", "line.service": ORDERS, status: "200" }),
      expect.objectContaining({
        ...{ ...whose, service: ORDERS, _msg: "order 4711", level: "info" },
        "order.number": "4711",
      }),
    ]);
    for (const { kind, expr } of logQueries({
      stack: stack.name,
      service: ORDERS,
      release: release.id,
    })) {
      await watched.until(`there is something to see in ${expr}`, async () => {
        return (kind === "logs" ? (await logs.find(expr)).length : await logs.series(expr)) > 0;
      });
    }
  });

  it("has told a channel of an alert, by the address that only a file holds", async () => {
    const alerts = () => slack.deliveries.filter(({ body }) => body.includes("web fails"));
    await watched.until("the alert has arrived", () => Promise.resolve(alerts().length > 0));
    expect(JSON.parse(alerts()[0]!.body)).toMatchObject({
      attachments: [{ title: "web fails", text: "web fails\n\ndo: go back\nsee: \n" }],
    });
    const { Config, HostConfig } = await connectEngine().getContainer(alertmanager).inspect();
    expect(JSON.stringify([Config, HostConfig, await stack.exported()])).not.toContain("s3cret");
  });

  it("neither fails nor holds back a release where it cannot be had", async () => {
    const nowhere = images.prometheus.replace(/[0-9a-f]{64}$/, "0".repeat(64));
    configure("3", { prometheus: { image: nowhere, listen: PROMETHEUS } });
    const output = await succeed(stack.up());
    expect(output).toMatch(/WARNING: the observability stack is not what it is to be: image/);
    const { activeColor } = await stack.outputs();
    expect(activeColor).toBe("blue");
    const { exitCode, complaints } = await reader.stop();
    expect(exitCode).toBe(0);
    expect(
      complaints.split("\n").filter((text) => !/ logs wait for VictoriaLogs: /.test(text)),
    ).toEqual([]);
  });

  it("goes where the stack has it no more, by an update that touches no set, except what it remembers", async () => {
    const before = await sets();
    configure("3", { profile: "minimal", victoriaLogs: undefined });
    expect(await succeed(stack.up())).toContain(`docker volume rm ${victoriaLogs}`);
    expect((await stack.containers()).has(victoriaLogs)).toBe(false);
    configure("3", null);
    const output = await succeed(stack.up());
    expect(output).toContain(`docker volume rm ${alertmanager} ${prometheus} ${victoriaLogs}`);
    expect(await sets()).toEqual(before);
    const left = await stack.containers();
    expect([left.has(alertmanager), left.has(prometheus)]).toEqual([false, false]);
    const { stdout } = await execa("docker", ["volume", "ls", "--quiet"]);
    expect(stdout.split("\n").filter((name) => name.startsWith(stack.prefix))).toEqual([
      alertmanager,
      prometheus,
      victoriaLogs,
    ]);
  });
});

/** The containers of both sets. */
async function sets() {
  return [await stack.containers("blue"), await stack.containers("green")];
}
