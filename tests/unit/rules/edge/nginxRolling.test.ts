import { renderNginxConfig } from "../../../../rules/edge/nginxConfig";
import { edgeOptions } from "../../../support/edgeOptions";
import { createRelease } from "../../../../release/release";
import { placedRelease, serviceRelease } from "../../../support/releases";

const route = (path: string, host: string | null = null, stripPrefix = true) => ({
  ...serviceRelease().route,
  ...{ path, host, stripPrefix },
});
const record = placedRelease(
  createRelease({
    site: serviceRelease({ overrides: { route: route("/", null, false) } }),
    api: serviceRelease({ overrides: { route: route("/api/") } }),
    "api-v2": serviceRelease({ overrides: { route: route("/api/v2/", null, false) } }),
    shop: serviceRelease({ overrides: { route: route("/api/", "shop.example") } }),
  }),
);

/** Which service nginx finds, by the map's own patterns in their order. */
function routed(config: string, color: string, server: string, uri: string): string {
  const [, map = ""] = /maestro_routed \{\n([^}]*\n) {2}\}/.exec(config) ?? [];
  const patterns = [...map.matchAll(/^ {4}"~(.*)" ([\w-]+);$/gm)];
  expect(patterns.length).toBeGreaterThan(0);
  const found = patterns.find(([, pattern]) =>
    new RegExp(pattern!).test(`${color}:${server}:${uri}`),
  );
  return found?.[2] ?? "";
}

describe("the edge of a stack whose services move one by one", () => {
  const config = renderNginxConfig(edgeOptions({ rolling: true }), { blue: record, green: null });

  it.each([
    ["_", "/api/things", "api"],
    ["_", "/api", "api"],
    ["_", "/apiary", "site"],
    ["_", "/api/v2/things", "api-v2"],
    // A route that does not strip its prefix has its slash: without it another one answers.
    ["_", "/api/v2", "api"],
    ["_", "/", "site"],
    ["shop.example", "/api/things", "shop"],
    ["shop.example", "/api/v2/things", "api-v2"],
    ["shop.example", "/other", "site"],
  ])("finds on %s which service %s is for", (server, uri, service) => {
    expect(routed(config, "blue", server, uri)).toBe(service);
    expect(routed(config, "green", server, uri)).toBe("");
  });

  it("tests a file of the service for each request, and preview and the edge's own word stay as they are", () => {
    expect(config).toContain(
      "if (-f /etc/maestro/switch/moved-green-$maestro_routed) { set $maestro_aside green; }",
    );
    expect(config).toContain("map $maestro_port_set $maestro_set {");
    expect(config).toContain("try_files /$maestro_serving.json =404;");
  });

  it("asks which set serves the others behind the services' files too, which go right after the last move", () => {
    const [, found = ""] =
      /(set \$maestro_aside "";[^]*?)set \$maestro_port_set/.exec(config) ?? [];
    const asked = [...found.matchAll(/switch\/(moved-blue|moved-green|green|live)/g)];
    expect(asked.map(([, file]) => file)).toEqual(["moved-blue", "moved-green", "green", "live"]);
  });

  it("is no other than before where services do not", () => {
    const plain = renderNginxConfig(edgeOptions(), { blue: record, green: null });
    expect(plain).not.toMatch(/maestro_routed|maestro_aside|maestro_serving|moved-/);
  });
});
