import execa from "execa";
import type { CheckedSet } from "../../checks/check";
import { promQueriesCheck } from "../../checks/promQueries";
import type { UserRequest } from "../../release/trafficTally";
import type { ChannelSettings } from "../../rules/notices/channels";
import { prometheusRules } from "../../rules/observability/alertRules";
import { renderAlertmanagerConfig } from "../../rules/observability/alertmanagerConfig";
import { dashboardQueries } from "../../rules/observability/dashboards/dashboards";
import { followPrometheus } from "../../steps/shared/followPrometheus";
import { ChannelServer } from "../support/channelServer";
import { freePort } from "../support/moto";
import { AlertmanagerServer, PrometheusServer, until } from "../support/prometheusServers";
import { installPrometheus } from "../support/promtool";
import { ToldMetrics } from "../support/toldMetrics";

const SLO = { objectivePercent: 99.5, periodDays: 30, slowSeconds: 1 };
const CHANNELS = [
  { kind: "slack", name: "team", urlFrom: "TEAM", events: [] },
  { kind: "pagerduty", name: "on-call", routingKeyFrom: "ON_CALL", events: [] },
] as const satisfies readonly ChannelSettings[];

/** Without the waits of rules and routes, which would take hours: promtool's tests are about them. */
function hurried(config: string): string {
  return config
    .replace(/^(\s*(?:for|interval|group_interval):) .*$/gm, "$1 1s")
    .replace(/^(\s*group_wait:) .*$/gm, `$1 ${GROUP_SECONDS}s`);
}

/** What is told within this time is one message, however slow the machine. */
const GROUP_SECONDS = 4;

let metrics: ToldMetrics;
let slack: ChannelServer;
let alertmanager: AlertmanagerServer;
let prometheus: PrometheusServer;

function messages(): { title: string; text: string; color: string }[] {
  return slack.deliveries.map(({ body }) => {
    const { attachments } = JSON.parse(body) as {
      attachments: [{ title: string; text: string; color: string }];
    };
    return attachments[0];
  });
}

beforeAll(async () => {
  await installPrometheus();
  metrics = await ToldMetrics.start();
  slack = await ChannelServer.start();
  // PagerDuty's own address cannot be reached from a test: only routes to it are looked at.
  const [team] = CHANNELS;
  alertmanager = await AlertmanagerServer.start(
    (directory) => hurried(renderAlertmanagerConfig([team], directory)),
    { "channel-team": slack.url },
  );
  const rules = prometheusRules({
    stack: "demo",
    slos: { web: SLO, api: SLO },
    keepsIdleSet: true,
  });
  prometheus = await PrometheusServer.start({
    exporter: metrics.port,
    alertmanager: alertmanager.port,
    rules: hurried(rules),
  });
}, 300_000);

afterAll(async () => {
  await prometheus?.stop();
  await alertmanager?.stop();
  await slack?.stop();
  await metrics?.stop();
});

it("a watch is told of users as Prometheus has scraped them, by set and service", async () => {
  const told: UserRequest[] = [];
  const source = { url: prometheus.url, stack: "demo" };
  const feed = await followPrometheus(source, 600, (request) => told.push(request));
  await until(() => Promise.resolve(told.length > 500));
  expect(feed.missing()).toBeNull();
  feed.close();
  const kinds = new Set(told.map(({ color, service }) => `${color} ${service}`));
  expect([...kinds].sort()).toEqual(["blue api", "blue web", "green api", "green web"]);
  expect(told.filter(({ bad }) => bad)).toEqual([]);
  expect(told.every(({ at }) => Math.abs(at - feed.now()) < 600)).toBe(true);
});

it("every question of every dashboard to Prometheus has an answer", async () => {
  const asked = dashboardQueries("demo").filter(({ source }) => source === "prometheus");
  expect(asked.length).toBeGreaterThan(40);
  const unanswered = async () => {
    const counts = await Promise.all(asked.map(({ expr }) => prometheus.count(expr)));
    return asked.filter((_, index) => counts[index] === 0).map(({ panel }) => panel);
  };
  await until(async () => {
    const left = await unanswered();
    if (left.length > 0) throw new Error(`no answer for ${left.join(", ")}`);
    return true;
  });
  expect(await prometheus.count('ALERTS{alertstate="firing"}')).toBe(0);
}, 150_000);

it("a burnt budget arrives at the channel, with what to do", async () => {
  metrics.badShare = 0.5;
  await until(() => messages().some(({ text }) => text.includes("web fails too often")));
  const told = messages().find(({ text }) => text.includes("web fails too often"))!;
  expect(told.title).toMatch(/^demo: (?:web fails too often|\d+ alerts \(page\))$/);
  expect(told.text).toContain("99.5 % in 30 d are promised");
  expect(told.text).toContain("maestro rollback --stack demo");
  expect(told.text).toContain("docs/alerts.md#maestroerrorbudgetburns");
  expect(told.color).toBe("danger");
  expect(messages().some(({ text }) => text.includes("api fails"))).toBe(false);
}, 150_000);

describe("50 alerts at once", () => {
  const alerts = (endsAt?: string) =>
    Array.from({ length: 50 }, (_, number) => ({
      labels: {
        alertname: "MaestroDiskLow",
        severity: "ticket",
        stack: "many",
        path: `/${number}`,
      },
      annotations: { summary: `many: /${number} is nearly full`, action: "look", runbook: "page" },
      ...(endsAt && { endsAt }),
    }));
  const told = () => messages().filter(({ title }) => title.includes("many: "));

  it("are one message, and so is their end", async () => {
    await alertmanager.tell(alerts());
    await until(() => told().length > 0);
    expect(told().map(({ title }) => title)).toEqual(["many: 50 alerts (ticket)"]);
    expect(told()[0]!.text).toContain("and more, 50 in all");
    // All end at one moment, which comes once Alertmanager has been told of each.
    await alertmanager.tell(alerts(new Date(Date.now() + GROUP_SECONDS * 1000).toISOString()));
    await until(() => told().length > 1);
    expect(told().map(({ title }) => title)).toEqual([
      "many: 50 alerts (ticket)",
      "over: many: 50 alerts (ticket)",
    ]);
    expect(told()[1]!.color).toBe("good");
  }, 150_000);
});

it("a set is held back by what Prometheus says of it, or where it cannot be asked", async () => {
  const nobody = `http://127.0.0.1:${await freePort()}`;
  const record = { id: "b32d1764d9c8" };
  const look = (query: string, maximum: number, url = prometheus.url) => {
    const name = "restarts";
    const check = promQueriesCheck([{ name, prometheus: url, query, maximum }]);
    return check.look({ set: { color: "green", record } } as unknown as CheckedSet);
  };
  const up = 'sum(maestro_container_up{set="$set",release="$release"})';
  expect(await look(up, 2)).toEqual([]);
  expect(await look(up, 1)).toEqual([
    { says: "query restarts: is 2, wanted at most 1", mayPass: true },
  ]);
  const [none, wrong, down] = [
    await look('maestro_container_up{set="red"}', 1),
    await look("sum(", 1),
    await look(up, 1, nobody),
  ].map(([finding]) => finding?.says);
  expect(none).toContain("there is no value");
  expect(wrong).toContain("parse error");
  expect(down).toBe(`query restarts: ${nobody} cannot be asked: ECONNREFUSED`);
});

it("routes send pages to whoever is on call, and all else to the others", async () => {
  const directory = alertmanager.directory;
  alertmanager.write("routes.yml", renderAlertmanagerConfig(CHANNELS, directory));
  const amtool = (...args: string[]) => execa("amtool", args, { cwd: directory });
  await amtool("check-config", "routes.yml");
  for (const [severity, receiver] of [
    ["page", "on call"],
    ["ticket", "everybody"],
  ] as const) {
    const route = ["config", "routes", "test", "--config.file=routes.yml"];
    const { stdout } = await amtool(...route, `severity=${severity}`, "stack=demo");
    expect(stdout.trim()).toBe(receiver);
  }
});
