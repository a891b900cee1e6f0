import { createRelease } from "../../../release/release";
import { containerEnvironment } from "../../../rules/host/expectedContainer";
import { settingsWith } from "../../support/fixtures";
import { placedRelease, serviceRelease } from "../../support/releases";

const IMAGE = `registry.example.com/x@sha256:${"f".repeat(64)}`;
const SERVERS = { prometheus: { image: IMAGE }, alertmanager: { image: IMAGE } };
const FULL = { profile: "full", ...SERVERS, victoriaLogs: { image: IMAGE } };

function environmentOf(changes: object): Record<string, string> {
  const service = { ...serviceRelease({}), ...changes };
  const record = placedRelease(createRelease({ web: service }));
  return containerEnvironment({ prefix: "shop-demo", color: "green", record }, "web");
}

const traces = { stack: "demo" };

describe("a service whose traces are kept", () => {
  it("is told where to send them, and as what", () => {
    const environment = environmentOf({ traces });
    const { id } = createRelease({ web: { ...serviceRelease({}), traces } });
    expect(environment).toMatchObject({
      OTEL_SERVICE_NAME: "web",
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://shop-demo-jaeger:4318",
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
      OTEL_RESOURCE_ATTRIBUTES: `stack=demo,set=green,release=${id}`,
      OTEL_METRICS_EXPORTER: "none",
      OTEL_LOGS_EXPORTER: "none",
    });
  });

  it("may say otherwise, and more", () => {
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://elsewhere:4318",
      OTEL_RESOURCE_ATTRIBUTES: "team=a",
    };
    const environment = environmentOf({ traces, env });
    expect(environment["OTEL_EXPORTER_OTLP_ENDPOINT"]).toBe("http://elsewhere:4318");
    expect(environment["OTEL_RESOURCE_ATTRIBUTES"]).toMatch(/^stack=demo,.*,team=a$/);
  });

  it("is told nothing of the kind where they are not kept", () => {
    const names = Object.keys(environmentOf({}));
    expect(names.filter((name) => name.startsWith("OTEL_"))).toEqual([]);
  });
});

describe("a release", () => {
  const idWith = (observability?: object) => {
    const changes = observability ? { "config.observability": observability } : {};
    const { services } = settingsWith({ "config.edge.tracing": {}, ...changes });
    const digest = `sha256:${"a".repeat(64)}`;
    return createRelease({ web: { ...services["web"]!, digest } }).id;
  };

  it("is another one with traces, and the same one with whatever else watches it", () => {
    const without = idWith();
    expect(idWith({ profile: "minimal", ...SERVERS })).toBe(without);
    expect(idWith(FULL)).toBe(without);
    expect(idWith({ ...FULL, jaeger: { image: IMAGE } })).not.toBe(without);
  });
});
