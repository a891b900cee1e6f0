import { parse } from "yaml";
import { renderDatasources } from "../../../../rules/observability/grafanaDatasources";
import { digest, settingsWith } from "../../../support/fixtures";

const server = { image: `registry.example.com/x@${digest("f")}` };

function datasources(more: object) {
  const { observability } = settingsWith({
    "config.edge.tracing": {},
    "config.observability": { prometheus: server, alertmanager: server, ...more },
  });
  return (parse(renderDatasources(observability!)) as { datasources: object[] }).datasources;
}

describe("Grafana's datasources", () => {
  it("are the servers that a stack has", () => {
    const common = { access: "proxy", editable: false };
    expect(datasources({ profile: "minimal" })).toEqual([
      {
        ...common,
        name: "Prometheus",
        type: "prometheus",
        uid: "maestro-prometheus",
        url: "http://127.0.0.1:9090",
      },
    ]);
    expect(datasources({ profile: "full", victoriaLogs: server })).toHaveLength(2);
  });

  it("lead from a line to its trace", () => {
    const [, logs, traces] = datasources({ profile: "full", victoriaLogs: server, jaeger: server });
    // Grafana takes a single `$` for a variable of its own environment.
    const url = "$${__value.raw}";
    const derivedFields = [{ matcherRegex: "trace_id", url, datasourceUid: "maestro-traces" }];
    expect(logs).toMatchObject({
      url: "http://127.0.0.1:9428",
      jsonData: { derivedFields },
    });
    expect(traces).toMatchObject({ uid: "maestro-traces", url: "http://127.0.0.1:16686" });
  });

  it("ask Loki for lines where that keeps them", () => {
    const [, logs] = datasources({ profile: "full", loki: server, jaeger: server });
    expect(logs).toMatchObject({
      ...{ name: "Logs", type: "loki", uid: "maestro-logs", url: "http://127.0.0.1:3100" },
      jsonData: { derivedFields: [{ matcherType: "label", datasourceUid: "maestro-traces" }] },
    });
  });
});
