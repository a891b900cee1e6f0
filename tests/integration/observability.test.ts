import { readFileSync } from "node:fs";
import path from "node:path";
import execa from "execa";
import { connectEngine, execIn } from "../../host/engine";
import { gatewayAddress } from "../../release/addresses";
import { ALERTMANAGER_CONFIG } from "../../rules/observability/alertmanagerConfig";
import { observerName, OBSERVERS, TOKEN_FILE } from "../../rules/observability/layout";
import { PROMETHEUS_FILES } from "../../rules/observability/prometheusConfig";
import { pushBaseImage } from "../../toolchain/setup/registry";
import { ChannelServer } from "../support/channelServer";
import { CountedUsers } from "../support/countedUsers";
import { goHttpbinService } from "../support/foreignServices";
import { pushForeignImage } from "../support/foreignImages";
import { askPrometheus, MetricsReader } from "../support/metricsReader";
import { builtImages, succeed, TestStack } from "../support/testStack";

jest.setTimeout(600_000);

const stack = new TestStack("itest-observability");
const GATEWAY = "maestro-gateway";
const PER_SECOND = 50;
const PATHS = [
  ["web", "/web/get"],
  ["web", "/web/status/503"],
  ["web", "/web/status/404"],
  [GATEWAY, "/gateway/health"],
] as const;
const [PROMETHEUS, ALERTMANAGER] = [2, 3].map((offset) => {
  const { port } = new URL(stack.url);
  return `127.0.0.1:${Number(port) + offset}`;
});
let image: string;
let digest: string;
let reader: MetricsReader;
let slack: ChannelServer;

beforeAll(async () => {
  [image, digest] = [await pushBaseImage("prometheus"), await pushForeignImage("go-httpbin")];
  slack = await ChannelServer.start("0.0.0.0");
  const url = new URL(slack.url);
  // This machine, as containers reach it.
  url.hostname = gatewayAddress(stack.subnet);
  stack.extraEnvironment["SLACK_URL"] = url.href;
  await stack.create({});
  await forget();
});

afterAll(async () => {
  await reader?.stop();
  await stack.remove();
  await forget();
  await slack.stop();
});

/** Removes what the servers remember, which no update does. */
async function forget(): Promise<void> {
  const names = OBSERVERS.map((observer) => observerName(stack.prefix, observer));
  const volumes = names.flatMap((name) => [name, `${name}-config`]);
  await execa("docker", ["volume", "rm", "--force", ...volumes], { reject: false });
}

function configure(version: string, { retentionDays = 15, pinned = image, isWatched = true } = {}) {
  const services = {
    web: goHttpbinService({ env: { VERSION: version } }),
    [GATEWAY]: { route: { path: "/gateway/", stripPrefix: true } },
  };
  stack.configure({
    release: { web: digest, [GATEWAY]: builtImages().release[GATEWAY] },
    servicesFile: stack.writeServices(services),
    rollout: { drainSeconds: 1, keepPrevious: "warm" },
    notices: {
      channels: [
        { kind: "slack", urlFrom: "SLACK_URL" },
        { kind: "pagerduty", routingKeyFrom: "PAGER_KEY" },
      ],
    },
    ...(isWatched && {
      observability: {
        profile: "minimal",
        prometheus: { image: pinned, listen: PROMETHEUS, scrapeSeconds: 1, retentionDays },
        alertmanager: { image, listen: ALERTMANAGER },
        scrape: { [GATEWAY]: {} },
      },
    }),
  });
}

/** What the exporter has counted, as the users say it. */
async function counted(): Promise<Map<string, number>> {
  const samples = await reader.samples("maestro_edge_requests_total");
  return new Map(
    samples
      .filter(({ value }) => value > 0)
      .map(({ labels: { service, set, class: of }, value }) => [`${service} ${set} ${of}`, value]),
  );
}

const query = (promql: string) => askPrometheus(PROMETHEUS!, promql);

/** Waits until it is so, however slow the machine. */
async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await isSo().catch(() => false))) {
    if (Date.now() > deadline) throw new Error(`it has not come to that within 60 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

const sorted = (counts: ReadonlyMap<string, number>) => Object.fromEntries([...counts].sort());
const prometheus = observerName(stack.prefix, "prometheus");

const alertmanager = observerName(stack.prefix, "alertmanager");
/** An alert as a rule of Prometheus' makes one. */
const ALERT = ["alertname=Burning", "severity=ticket", "stack=demo", "service=web"];

/** What a command in a server's container says. */
async function run(name: string, ...command: string[]): Promise<string> {
  const { exitCode, output } = await execIn(connectEngine(), name, command);
  if (exitCode !== 0) throw new Error(output);
  return output;
}

describe("what watches a stack", () => {
  it("comes up behind the first release, and takes the configuration it was given", async () => {
    configure("1");
    const output = await succeed(stack.up());
    expect(output).toContain(`prometheus is ready at http://${PROMETHEUS}`);
    expect(output).toContain("PAGER_KEY is not set here, so its channel is told of no alert");
    const routes = `config routes test --config.file=${ALERTMANAGER_CONFIG}`.split(" ");
    expect(await run(alertmanager, "amtool", ...routes, "severity=page")).toMatch(/^on call$/m);
    expect(await run(alertmanager, "amtool", ...routes, "severity=ticket")).toMatch(/^everybody$/m);
    expect(await run(prometheus, "promtool", "check", "config", PROMETHEUS_FILES.config)).toContain(
      "SUCCESS",
    );
    const here = "--alertmanager.url=http://127.0.0.1:9093";
    const told = ["summary=web fails", "action=go back"].map((each) => `--annotation=${each}`);
    await run(alertmanager, "amtool", "alert", "add", here, ...ALERT, ...told);
  });

  it("counts what users get of each set and release, over a release in which it dies", async () => {
    const token = readFileSync(path.join(stack.directory, TOKEN_FILE), "utf8");
    reader = await MetricsReader.start(stack, token);
    const users = new CountedUsers(stack.url, PATHS, PER_SECOND);
    users.start();
    configure("2");
    const kill = () => connectEngine().getContainer(prometheus).remove({ force: true });
    const result = await stack.upDisturbedAt(/claim/, kill);
    await users.stop();
    expect(result.exitCode).toBe(0);
    const { activeColor, release } = await stack.outputs();
    const expected = sorted(users.counted);
    expect(Object.keys(expected)).toEqual(
      ["blue", "green"]
        .flatMap((set) => [`${GATEWAY} ${set} 2xx`])
        .concat(
          ["blue", "green"].flatMap((set) => ["2xx", "4xx", "5xx"].map((of) => `web ${set} ${of}`)),
        ),
    );
    await until("all are counted", async () => {
      return JSON.stringify(sorted(await counted())) === JSON.stringify(expected);
    });
    const bad = await reader.samples("maestro_edge_bad_requests_total");
    const failed = bad.find(
      ({ labels: { service, set } }) => service === "web" && set === activeColor,
    );
    expect(failed).toEqual({
      labels: { stack: stack.name, service: "web", set: activeColor, release: release.id },
      value: expected[`web ${activeColor} 5xx`],
    });
  });

  it("is told of nobody without its token", async () => {
    expect((await reader.ask("/metrics", "x".repeat(43))).status).toBe(401);
    expect((await reader.ask("/targets", "")).status).toBe(401);
  });

  it("is made again by a change of its settings, which touches no set", async () => {
    const before = await sets();
    configure("2", { retentionDays: 7 });
    const output = await succeed(stack.up());
    expect(await sets()).toEqual(before);
    expect(output).toContain(`prometheus is ready at http://${PROMETHEUS}`);
    const { Args } = await connectEngine().getContainer(prometheus).inspect();
    expect(Args).toContain("--storage.tsdb.retention.time=7d");
    const { release, activeColor } = await stack.outputs();
    const all = [...(await counted()).values()].reduce((sum, value) => sum + value, 0);
    await until("Prometheus has what the exporter counts", async () => {
      const [found] = await query("sum(maestro_edge_requests_total)");
      return found?.value === all;
    });
    const labels = { service: GATEWAY, set: activeColor, release: release.id, replica: "0" };
    await until("Prometheus has what the service tells itself", async () => {
      const selector = Object.entries(labels).map(([key, value]) => `${key}="${value}"`);
      const found = await query(`up{job="services",${selector.join()}}`);
      return found.length === 1 && found[0]!.value === 1;
    });
    expect(await query(`maestro_container_up{set="${activeColor}",service="web"}`)).toEqual([
      expect.objectContaining({ value: 1 }),
    ]);
    expect(await query("maestro_idle_set_kept")).toEqual([expect.objectContaining({ value: 1 })]);
  });

  it("has told a channel of an alert, by the address that only a file holds", async () => {
    const alerts = () => slack.deliveries.filter(({ body }) => body.includes("web fails"));
    await until("the alert has arrived", () => Promise.resolve(alerts().length > 0));
    expect(JSON.parse(alerts()[0]!.body)).toMatchObject({
      attachments: [{ title: "web fails", text: "web fails\n\ndo: go back\nsee: \n" }],
    });
    const { Config, HostConfig } = await connectEngine().getContainer(alertmanager).inspect();
    expect(JSON.stringify([Config, HostConfig, await stack.exported()])).not.toContain("s3cret");
  });

  it("neither fails nor holds back a release where it cannot be had", async () => {
    const [repository] = image.split("@");
    configure("3", { pinned: `${repository}@sha256:${"0".repeat(64)}` });
    const output = await succeed(stack.up());
    expect(output).toMatch(/WARNING: the observability stack is not what it is to be: image/);
    const { activeColor } = await stack.outputs();
    expect(activeColor).toBe("blue");
    const { exitCode, complaints } = await reader.stop();
    expect([exitCode, complaints]).toEqual([0, ""]);
  });

  it("goes where the stack has it no more, by an update that touches no set, except what it remembers", async () => {
    const before = await sets();
    configure("3", { isWatched: false });
    const output = await succeed(stack.up());
    expect(output).toContain(`docker volume rm ${alertmanager} ${prometheus}`);
    expect(await sets()).toEqual(before);
    const left = await stack.containers();
    expect([left.has(alertmanager), left.has(prometheus)]).toEqual([false, false]);
    const { stdout } = await execa("docker", ["volume", "ls", "--quiet"]);
    expect(stdout.split("\n").filter((name) => name.startsWith(stack.prefix))).toEqual([
      alertmanager,
      prometheus,
    ]);
  });
});

/** The containers of both sets. */
async function sets() {
  return [await stack.containers("blue"), await stack.containers("green")];
}
