import { renderNginxConfig } from "../../../../rules/edge/nginxConfig";
import { createRelease, type RouteSettings } from "../../../../release/release";
import { edgeOptions } from "../../../support/edgeOptions";
import { placedRelease, serviceRelease } from "../../../support/releases";

const OPTIONS = edgeOptions();

/** A release of the service `web` with some settings of its route. */
function web(overrides: Partial<RouteSettings>) {
  const service = serviceRelease({ name: "web" });
  const route = { ...service.route, ...overrides };
  return placedRelease(
    createRelease({ web: serviceRelease({ name: "web", overrides: { route } }) }),
  );
}

/** The block of a location, without its inner ones' indentation. */
function block(config: string, match: string): string {
  return config.split(`    location ${match} {\n`)[1]?.split(/\n {4}\}/)[0] ?? "";
}

describe("a route's assets at the edge", () => {
  const assets = "/assets/";

  it("are asked of the other set where this one has none, in both directions", () => {
    const config = renderNginxConfig(OPTIONS, { blue: web({ assets }), green: web({ assets }) });
    const route = block(config, "^~ /@blue/web/");
    expect(route).toContain("location /@blue/web/assets/ {");
    expect(route).toContain("error_page 404 = @assets-blue-web;");
    expect(block(config, "@assets-blue-web")).toContain("proxy_pass http://green-web$maestro");
    expect(block(config, "@assets-green-web")).toContain("proxy_pass http://blue-web$maestro");
  });

  it("are looked for by who asks for a file, and not by maestro's own questions", () => {
    const config = renderNginxConfig(OPTIONS, { blue: web({ assets }), green: web({}) });
    const other = block(config, "@assets-blue-web");
    expect(other).toContain('if ($maestro_asks !~ "^(?:GET|HEAD):false$") { return 404; }');
    expect(other).toContain("add_header X-Maestro-Set green always;");
    expect(other).not.toContain("$maestro_set");
  });

  it("reach the other set as its own route wants the path", () => {
    const config = renderNginxConfig(OPTIONS, {
      blue: web({ assets, stripPrefix: true }),
      green: web({ assets, stripPrefix: false }),
    });
    expect(block(config, "@assets-blue-web")).toContain("proxy_pass http://green-web$request_uri;");
    expect(block(config, "@assets-green-web")).toContain("proxy_pass http://blue-web$maestro");
  });

  it.each([
    ["names no assets", web({}), web({ assets })],
    ["has no other set", web({ assets }), null],
    ["has another path in the other set", web({ assets }), web({ path: "/shop/" })],
    ["has another host in the other set", web({ assets }), web({ host: "shop.example" })],
  ])("are the set's own where a route %s", (_case, blue, green) => {
    const config = renderNginxConfig(OPTIONS, { blue, green });
    expect(config).toContain("location ^~ /@blue/web/ {");
    expect(config).not.toContain("@assets-blue-web");
  });

  it("add no line to a configuration without them", () => {
    const config = renderNginxConfig(OPTIONS, { blue: web({}), green: web({}) });
    // Requests that `maestro pause` holds ask a server of the edge's own.
    const [before = "", after = ""] = config.split(/location = \/edge\/held \{[^}]+\}/);
    expect(after).not.toBe("");
    expect(before + after).not.toMatch(/assets|intercept_errors|@missing/);
  });
});
