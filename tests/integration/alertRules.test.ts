import { prometheusRules } from "../../rules/observability/alertRules";
import { checkRules, installPrometheus, testRules } from "../support/promtool";

const UPKEEP = { backupHours: 48, knowsSecrets: true, logsIn: "victorialogs" } as const;
const SLO = { objectivePercent: 99.5, periodDays: 30, slowSeconds: 1 };
/** Of web alone: each service more costs each evaluation. */
const RULES = rulesOf({ web: SLO });
const RULES_OF_BOTH = rulesOf({ web: SLO, api: SLO });
const GIGABYTE = 1e9;

function rulesOf(slos: Parameters<typeof prometheusRules>[0]["slos"]): string {
  return prometheusRules({
    stack: "demo",
    slos,
    keepsIdleSet: true,
    stateful: ["queue"],
    hasPostgres: true,
    upkeep: UPKEEP,
  });
}

/** A stack whose every series is well, over so many minutes; services have 600 requests a minute. */
function well(minutes: number): Record<string, string> {
  const always = (value: number) => `${value}+0x${minutes}`;
  const set = 'stack="demo",set="green",release="b32d1764d9c8"';
  const ofService = (service: string) => ({
    [`maestro_edge_requests_total{${set},service="${service}",class="2xx"}`]: `0+600x${minutes}`,
    [`maestro_edge_bad_requests_total{${set},service="${service}"}`]: always(0),
    [`maestro_container_healthy{${set},service="${service}",replica="0"}`]: always(1),
    [`maestro_container_restarts_total{${set},service="${service}",replica="0"}`]: always(0),
  });
  return {
    ...ofService("web"),
    ...ofService("api"),
    [`maestro_container_up{${set},service="web",replica="0"}`]: always(1),
    'maestro_container_up{stack="demo",service="queue",replica="0"}': always(1),
    'maestro_container_restarts_total{stack="demo",service="queue",replica="0"}': always(0),
    'maestro_edge_up{stack="demo"}': always(1),
    'maestro_postgres_up{stack="demo"}': always(1),
    'maestro_postgres_connections{stack="demo"}': always(20),
    'maestro_postgres_connections_max{stack="demo"}': always(100),
    'maestro_follow_lag_seconds{stack="demo"}': always(0.2),
    [`maestro_serving{${set}}`]: always(1),
    'maestro_serving{stack="demo",set="blue",release="a6f08afd3c11"}': always(0),
    'maestro_release_rejected_since_success{stack="demo"}': always(0),
    'maestro_idle_set_kept{stack="demo"}': always(1),
    'maestro_host_disk_free_bytes{stack="demo",path="/"}': always(40 * GIGABYTE),
    'maestro_host_disk_bytes{stack="demo",path="/"}': always(100 * GIGABYTE),
    'maestro_certificate_expiry_timestamp_seconds{stack="demo",name="edge"}': always(90 * 86_400),
    'maestro_backup_timestamp_seconds{stack="demo"}': always(0),
    'maestro_secret_expiry_timestamp_seconds{stack="demo",service="web",secret="API_KEY"}': always(
      90 * 86_400,
    ),
    'maestro_log_lag_seconds{stack="demo"}': always(0.5),
  };
}

/** Other values of series by a part of the metric's name, and the service where one is meant; null: it is not there. */
type Changes = Readonly<Record<string, string | null>>;

/** What fires at which minute, where all is well except what is changed. */
function after(
  minutes: number,
  changes: Changes,
  fires: Readonly<Record<number, string[]>>,
  rules = RULES,
) {
  const parts = Object.keys(changes);
  const series = Object.entries(well(minutes)).flatMap(([name, values]) => {
    const change = parts.find((part) => part.split(" ").every((word) => name.includes(word)));
    const value = change === undefined ? values : changes[change]!;
    return value === null ? [] : [[name, value] as const];
  });
  return testRules(rules, Object.fromEntries(series), fires);
}

const BURNS = {
  fast: "MaestroErrorBudgetBurns web 1h page",
  slow: "MaestroErrorBudgetBurns web 6h page",
  day: "MaestroErrorBudgetBurns web 1d ticket",
  days: "MaestroErrorBudgetBurns web 3d ticket",
};
const QUIET = "MaestroQuietServiceFails web page";

beforeAll(installPrometheus, 300_000);

describe("the rules", () => {
  it("are what promtool takes, without a duplicate", async () => {
    expect(await checkRules(RULES_OF_BOTH)).toBe("");
  });

  it("tell nothing of a stack that is well", async () => {
    expect(await after(120, {}, { 0: [], 1: [], 60: [], 120: [] }, RULES_OF_BOTH)).toBe("");
  });

  // prettier-ignore
  it.each<[share: string, bad: number, string[]]>([
    ["0.4 %", 2.4, []],
    ["1 %", 6, [BURNS.days]],
    ["1.8 %", 10.8, [BURNS.day, BURNS.days]],
    ["4 %", 24, [BURNS.slow, BURNS.day, BURNS.days]],
    ["50 %", 300, [BURNS.fast, BURNS.slow, BURNS.day, BURNS.days, QUIET]],
  ])("tell by the windows that %s of failures burn", async (_, bad, fires) => {
    expect(await after(120, { "bad_requests web": `0+${bad}x120` }, { 120: fires })).toBe("");
  });

  it("tell only of what lasts, and end soon after its end", async () => {
    const failing = { "bad_requests web": "0+0x30 0+300x20 6000+0x130" };
    const lasting = [BURNS.day, BURNS.days, QUIET];
    expect(
      await after(180, failing, {
        32: [],
        45: [BURNS.fast, BURNS.slow, ...lasting],
        // No failure in 5 minutes, while there were some in 30.
        60: [BURNS.slow, ...lasting],
        180: [BURNS.days],
      }),
    ).toBe("");
  });

  it("wake nobody for one failure of a quiet service", async () => {
    const quiet = { "edge_requests web": "0+0.2x200", "bad_requests web": "0+0x100 1+0x99" };
    expect(await after(200, quiet, { 104: [], 130: [], 200: [] })).toBe("");
  });

  it("tell of a quiet service most of whose requests fail", async () => {
    const quiet = { "edge_requests web": "0+0.1x250", "bad_requests web": "0+0.09x250" };
    const fires = [BURNS.slow, BURNS.day, BURNS.days, QUIET];
    expect(await after(250, quiet, { 60: [], 240: fires })).toBe("");
  });

  it("take a counter that begins again for no failure and no success", async () => {
    const begun = {
      "edge_requests web": "0+600x60 0+600x60",
      "bad_requests web": "1000+0x60 0+0x60",
    };
    expect(await after(120, begun, { 61: [], 70: [], 120: [] })).toBe("");
    const failing = { ...begun, "bad_requests web": "0+300x60 0+300x60" };
    const all = [...Object.values(BURNS), QUIET];
    expect(await after(120, failing, { 61: all, 63: all, 120: all })).toBe("");
  });

  it("tell that nothing is known of a service, which keeps every objective", async () => {
    const unknown = { "maestro_edge_requests_total web": null, "bad_requests web": null };
    const fires = ["MaestroServiceUnknown web ticket"];
    expect(await after(60, unknown, { 14: [], 16: fires, 60: fires }, RULES_OF_BOTH)).toBe("");
  });

  it("tell that the exporter is gone, in place of what is then not known", async () => {
    const gone = Object.fromEntries(Object.keys(well(0)).map((name) => [name, null]));
    expect(
      await after(60, gone, {
        4: [],
        6: ["MaestroMetricsGone page"],
        60: ["MaestroMetricsGone page"],
      }),
    ).toBe("");
  });

  // prettier-ignore
  it.each<[what: string, Changes, Readonly<Record<number, string[]>>]>([
    ["the edge is down", { edge_up: "1+0x10 0+0x50" }, { 11: [], 13: ["MaestroEdgeDown page"] }],
    ["no replica is healthy", { "healthy web": "1+0x10 0+0x50" }, { 11: [], 13: ["MaestroNoHealthyReplica web page"] }],
    ["no replica is there", { "healthy web": "1+0x10 _x50" }, { 10: [], 18: ["MaestroNoHealthyReplica web page"] }],
    ["figures are late", { follow_lag: "1+0x10 31+0x50" }, { 15: [], 17: ["MaestroMetricsLag ticket"] }],
    ["figures were late for a moment", { follow_lag: "1+0x10 31+0x2 1+0x50" }, { 12: [], 17: [] }],
    ["the set to go back to is gone", { idle_set: "1+0x10 0+0x50" }, { 40: [], 42: ["MaestroIdleSetGone ticket"] }],
    ["a release was rejected", { rejected: "0+0x10 1+0x50" }, { 10: [], 11: ["MaestroReleaseRejected ticket"] }],
    ["a container is started again and again", { "restarts web": "0+0x10 0+1x50" }, { 12: [], 20: ["MaestroRestartLoop web ticket"] }],
    ["a stateful service is started again and again", { "restarts queue": "0+0x10 0+1x50" }, { 12: [], 20: ["MaestroRestartLoop queue ticket"] }],
    ["a stateful service does not run", { "container_up queue": "1+0x10 0+0x50" }, { 11: [], 13: ["MaestroStatefulServiceDown queue page"] }],
    ["a container of a set does not run", { "container_up web": "1+0x10 0+0x50" }, { 11: [], 13: [] }],
    ["a container was started again", { "restarts web": "0+0x10 1+0x10 2+0x30" }, { 12: [], 22: [], 40: [] }],
    ["the disk is nearly full", { disk_free: `${16 * GIGABYTE}+0x10 ${14 * GIGABYTE}+0x50` }, { 10: [], 20: [], 22: ["MaestroDiskLow ticket"] }],
    ["the disk fills", { disk_free: `${40 * GIGABYTE}-${0.05 * GIGABYTE}x60` }, { 25: [], 35: ["MaestroDiskFills page"] }],
    ["the disk fills slowly", { disk_free: `${40 * GIGABYTE}-${0.01 * GIGABYTE}x60` }, { 60: [] }],
    ["much of an empty disk is used", { disk_free: `${80 * GIGABYTE}-${0.1 * GIGABYTE}x60` }, { 60: [] }],
    ["the certificate ends soon", { certificate: `${14 * 86_400 + 600}+0x60` }, { 10: [], 22: ["MaestroCertificateEnds ticket"] }],
    ["a secret ends soon", { secret_expiry: `${14 * 86_400 + 600}+0x60` }, { 10: [], 22: ["MaestroSecretEnds web ticket"] }],
    ["the newest backup is too old", { backup: `${10 * 60 - 48 * 3600}+0x60` }, { 39: [], 42: ["MaestroBackupOld ticket"] }],
    ["a backup was taken in time", { backup: `${10 * 60 - 48 * 3600}+0x30 1800+0x30` }, { 42: [], 60: [] }],
    ["there is no backup", { backup: null }, { 29: [], 31: ["MaestroBackupOld ticket"] }],
    ["the database server does not answer", { postgres_up: "1+0x10 0+0x50" }, { 11: [], 13: ["MaestroPostgresDown page"] }],
    ["the database server has few connections left", { "connections{": "20+0x10 81+0x50" }, { 20: [], 22: ["MaestroPostgresConnections ticket"] }],
    ["logs are late", { log_lag: "1+0x10 61+0x50" }, { 20: [], 22: ["MaestroLogsLag ticket"] }],
  ])("tell that %s, and no more", async (_, changes, fires) => {
    expect(await after(60, changes, fires)).toBe("");
  });
});
