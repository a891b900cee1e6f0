import { renderFiles } from "../../../operations/observability/renderedFiles";
import { digest, settingsWith } from "../../support/fixtures";

const SERVER = { image: `registry.example.com/x@${digest("f")}` };
const OPTIONS = { runbook: "docs/alerts.md", secrets: "/etc/observability" };
const REMOTE_WRITE = "https://prometheus.example.com/api/v1/write";

function settings(more: object | null) {
  const observability = { profile: "minimal", prometheus: SERVER, alertmanager: SERVER, ...more };
  return settingsWith(more === null ? {} : { "config.observability": observability });
}

function rendered(more: object | null, remoteWrite?: string) {
  const options = { ...OPTIONS, ...(remoteWrite === undefined ? {} : { remoteWrite }) };
  return renderFiles("demo", settings(more), options);
}

describe("the files of servers that watch a stack", () => {
  it("are datasources where the stack has servers, and something for an Alloy where that is wanted", () => {
    const own = (files: ReadonlyMap<string, string>) =>
      [...files.keys()].filter((file) => !file.startsWith("dashboards/"));
    const always = ["prometheus/rules.yml", "alertmanager/alertmanager.yml"];
    expect(own(rendered(null))).toEqual(always);
    expect(own(rendered({}))).toEqual([...always, "grafana/datasources.yml"]);
    expect(own(rendered({}, REMOTE_WRITE))).toEqual([
      ...always,
      "grafana/datasources.yml",
      "alloy/config.alloy",
    ]);
  });

  it("have the dashboard of logs in the language of the store that keeps them", () => {
    const full = { profile: "full" };
    const logs = (more: object) => rendered(more).get("dashboards/maestro-logs.json");
    expect(logs({ ...full, loki: SERVER })).toContain('"type": "loki"');
    expect(logs({ ...full, victoriaLogs: SERVER })).toBe(logs({}));
    expect(logs({})).not.toContain('"type": "loki"');
  });

  it("have the exporter's place and token for an Alloy", () => {
    const text = rendered({ exporter: { port: 9500 } }, REMOTE_WRITE).get("alloy/config.alloy");
    expect(text).toMatch(/"__address__" = "10\.\d+\.0\.1:9500"/);
    expect(text).toContain('bearer_token_file = "/etc/observability/token"');
    expect(text).toContain(`url = "${REMOTE_WRITE}"`);
  });

  it.each([
    ["prometheus:9090", '--remote-write: must be an address, got "prometheus:9090"; such as'],
    ["/api/v1/write", '--remote-write: must be an address, got "/api/v1/write"; such as'],
    [
      "https://me:hunter2@example.com/write",
      "--remote-write: must hold no login, since it is written into a file; use https://example.com/write",
    ],
  ])("have nothing sent to what is no address without a login: %s", (address, message) => {
    const render = () => rendered({}, address);
    expect(render).toThrow(message);
    expect(render).not.toThrow("hunter2");
  });

  it("have nothing for an Alloy where the stack has no exporter's place", () => {
    expect(() => rendered(null, REMOTE_WRITE)).toThrow(
      "--remote-write: the stack demo has no maestro:observability",
    );
  });
});
