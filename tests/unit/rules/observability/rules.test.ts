import { readFileSync } from "node:fs";
import path from "node:path";
import { alertGroups } from "../../../../rules/observability/alertRules";
import {
  DASHBOARDS,
  dashboardQueries,
} from "../../../../rules/observability/dashboards/dashboards";
import { recordedNames, recordingGroups } from "../../../../rules/observability/recordingRules";
import { BURN_WINDOWS, burnThreshold } from "../../../../rules/observability/slo";
import { knownSeries, selectedBy } from "../../../support/promql";

const ROOT = path.join(__dirname, "../../../..");
const SLO = { objectivePercent: 99.5, periodDays: 30, slowSeconds: 1 };
const UPKEEP = { backupHours: 48, knowsSecrets: true, logsIn: "victorialogs" } as const;
const INPUT = {
  ...{ stack: "demo", slos: { web: SLO, api: SLO }, stateful: ["queue"], hasPostgres: true },
  ...{ keepsIdleSet: true, upkeep: UPKEEP },
};
const ALERTS = alertGroups(INPUT).flatMap(({ rules }) => rules);
const RECORDED = recordingGroups(INPUT.stack, INPUT.slos).flatMap(({ rules }) => rules);

/** What queries select of that is not there, or by labels that it does not have. */
function unknownIn(queries: readonly string[]): string[] {
  const known = knownSeries();
  return queries.flatMap((query) =>
    selectedBy(query).flatMap(({ name, labels }) => {
      const its = known.get(name);
      if (its === undefined) return [name];
      return labels.filter((label) => !its.includes(label)).map((label) => `${name}{${label}}`);
    }),
  );
}

describe("every name", () => {
  const asked = dashboardQueries("demo").filter(({ source }) => source === "prometheus");

  it("in rules and dashboards is the exporter's, of the report, or recorded", () => {
    expect(unknownIn(RECORDED.map(({ expr }) => expr))).toEqual([]);
    expect(unknownIn(ALERTS.map(({ expr }) => expr))).toEqual([]);
    expect(unknownIn(asked.map(({ expr }) => expr))).toEqual([]);
  });

  it("is looked for by the exporter's labels, or the check would find nothing", () => {
    expect(unknownIn(["maestro_edge_ups"])).toEqual(["maestro_edge_ups"]);
    expect(unknownIn(['rate(maestro_edge_up{set="blue"}[5m])'])).toEqual(["maestro_edge_up{set}"]);
    expect(() => selectedBy("rate(up[5m]")).toThrow("no PromQL");
  });

  it("that is recorded is recorded by a rule", () => {
    expect([...new Set(RECORDED.map(({ record }) => record))].sort()).toEqual(
      [...recordedNames().keys()].sort(),
    );
  });

  it("of requests in a dashboard is a recorded one: over raw series each look would count anew", () => {
    const names = asked.flatMap(({ expr }) => selectedBy(expr)).map(({ name }) => name);
    expect(names.filter((name) => name.startsWith("maestro_edge_request"))).toEqual([]);
  });

  it("of a dashboard's file is its own", () => {
    const uids = DASHBOARDS.map(({ uid }) => uid);
    expect(new Set(uids).size).toBe(uids.length);
  });
});

describe("thresholds", () => {
  const thresholds = (objectivePercent: number, periodDays: number) =>
    BURN_WINDOWS.map((window) => burnThreshold({ ...SLO, objectivePercent, periodDays }, window));

  it("are 14.4, 6, 3 and once the budget of 30 days", () => {
    expect(thresholds(99.5, 30)).toEqual([0.072, 0.03, 0.015, 0.005]);
    expect(thresholds(99.9, 30)).toEqual([0.0144, 0.006, 0.003, 0.001]);
  });

  it("follow the period", () => {
    expect(thresholds(99.5, 7)).toEqual([0.0168, 0.007, 0.0035, 0.00116667]);
  });

  it("can be reached, however much an objective leaves", () => {
    expect(thresholds(90, 90)).toEqual([0.5, 0.5, 0.5, 0.3]);
  });
});

describe("an alert", () => {
  const names = [...new Set(ALERTS.map(({ alert }) => alert))].sort();
  const page = readFileSync(path.join(ROOT, "docs/alerts.md"), "utf8");

  it("has a section of its own on docs/alerts.md, to which it leads", () => {
    const sections = [...page.matchAll(/^### (Maestro\w+)$/gm)].map(([, name]) => name!);
    expect(sections.sort()).toEqual(names);
    for (const { alert, annotations } of ALERTS) {
      expect(annotations.runbook).toBe(`docs/alerts.md#${alert.toLowerCase()}`);
    }
  });

  it("is evaluated by promtool: a test tells when it fires", () => {
    const tests = readFileSync(path.join(ROOT, "tests/integration/alertRules.test.ts"), "utf8");
    expect(names.filter((name) => !tests.includes(`"${name} `))).toEqual([]);
  });

  it("says who is told, what to do, and of which stack", () => {
    for (const { labels, annotations } of ALERTS) {
      expect(labels).toMatchObject({
        stack: "demo",
        severity: /^(page|ticket)$/.exec(labels.severity)![0],
      });
      expect(annotations.summary).toMatch(/^demo: /);
      expect(annotations.action).not.toBe("");
    }
  });

  it("of a set to go back to is none where no set is kept", () => {
    const without = alertGroups({ ...INPUT, keepsIdleSet: false }).flatMap(({ rules }) => rules);
    expect(ALERTS.map(({ alert }) => alert)).toContain("MaestroIdleSetGone");
    expect(without.map(({ alert }) => alert)).not.toContain("MaestroIdleSetGone");
  });

  it("of stateful services is one for each that the stack has", () => {
    const groups = alertGroups(INPUT);
    expect(groups.map(({ name }) => name)).toContain("maestro demo queue");
    const [down] = groups.at(-1)!.rules;
    expect(down).toMatchObject({
      alert: "MaestroStatefulServiceDown",
      labels: { stack: "demo", severity: "page", service: "queue" },
      annotations: { runbook: "docs/alerts.md#maestrostatefulservicedown" },
    });
    const without = alertGroups({ ...INPUT, stateful: [] });
    expect(without).toEqual(groups.slice(0, -1));
  });

  it("of backups, secrets and logs is none where the stack has none", () => {
    const told = (upkeep?: object) => {
      const input = { ...INPUT, upkeep };
      const alerts = alertGroups(input as typeof INPUT).flatMap(({ rules }) => rules);
      return alerts.map(({ alert }) => alert).filter((name) => /Backup|Secret|Logs/.test(name));
    };
    expect(told()).toEqual([]);
    expect(told({ backupHours: 1 })).toEqual(["MaestroBackupOld"]);
    expect(told({ knowsSecrets: true })).toEqual(["MaestroSecretEnds"]);
    expect(told({ logsIn: "victorialogs" })).toEqual(["MaestroLogsLag"]);
  });
});
