import { heldRequests } from "../../../../rules/edge/nginxByHand";
import {
  generationOf,
  isAsWritten,
  renderNginxConfig,
  withoutRefusedDirective,
} from "../../../../rules/edge/nginxConfig";
import { createRelease } from "../../../../release/release";
import { edgeOptions } from "../../../support/edgeOptions";
import { placedRelease, serviceRelease } from "../../../support/releases";

const web = placedRelease(createRelease({ web: serviceRelease({ name: "web" }) }));
const sets = { blue: web, green: null };
const config = renderNginxConfig(edgeOptions(), sets);

/** The lines of a location. */
function locationOf(match: string): string[] {
  const [, after = ""] = config.split(`    location ${match} {\n`);
  return after
    .split("\n    }\n")[0]!
    .split("\n")
    .map((line) => line.trim());
}

describe("rules by hand at the edge", () => {
  it("cost a request one file test where there are none", () => {
    const [, server = ""] = config.split("    server_name _;\n");
    const before = server.split("    location ")[0]!;
    const tests = before.match(/if \(!?-f [^)]+\)/g);
    expect(tests).toEqual([
      "if (-f /etc/maestro/switch/green)",
      "if (!-f /etc/maestro/switch/live)",
      "if (-f /etc/maestro/hand/on)",
    ]);
  });

  it("go by the order: preview, blocked, maestro itself, maintenance, pause, throttled", () => {
    const ways = locationOf("= /@hand").flatMap(
      (line) => /rewrite \^ (\/\S+) last/.exec(line)?.[1] ?? [],
    );
    const routed = "/@$maestro_set/$maestro_path$maestro_way";
    expect([...new Set(ways)]).toEqual([
      ...[routed, "/@blocked", "/edge/maintenance/$maestro_page", "/@held", "/@throttled"],
    ]);
    expect(ways[0]).toBe(routed);
    expect(ways.at(-1)).toBe(routed);
  });

  it("find the set anew for what was held", () => {
    expect(locationOf("@passed")).toEqual([
      "set $maestro_active blue;",
      "if (-f /etc/maestro/switch/green) { set $maestro_active green; }",
      "if (!-f /etc/maestro/switch/live) { set $maestro_active none; }",
      "rewrite ^ /@$maestro_set/$maestro_path$maestro_way last;",
    ]);
  });

  it("let a route decide how large a body may be", () => {
    for (const match of ["= /@hand", "= /@held", "= /@throttled", "= /edge/held"]) {
      expect(locationOf(match)).toContain("client_max_body_size 0;");
    }
  });

  it("hold no more requests than one worker has room for, by the edge's memory", () => {
    expect(
      [16, 256, 65_536].map((memoryMegabytes) => heldRequests(edgeOptions({ memoryMegabytes }))),
    ).toEqual([...[32, 512, 5461]]);
    expect(locationOf("= /@held")).toContain("limit_conn held 512;");
  });

  it("work without the module that holds requests, on every host", () => {
    const hosted = serviceRelease({ name: "api" });
    const services = {
      web: serviceRelease({ name: "web" }),
      api: { ...hosted, route: { ...hosted.route, host: "api.example.com" } },
    };
    const both = renderNginxConfig(edgeOptions(), {
      blue: placedRelease(createRelease(services)),
      green: null,
    });
    const refusal = '[emerg] unknown directive "auth_request" in nginx.conf:41';
    const reduced = withoutRefusedDirective(both, refusal)!;
    expect(reduced.config).not.toMatch(/^ *auth_request/m);
    expect(reduced.config.match(/# unknown here: auth_request/g)).toHaveLength(2);
    expect(reduced.costs).toContain("`maestro pause` can hold no requests");
    expect(isAsWritten(reduced.config)).toBe(true);
    expect(generationOf(reduced.config)).toBe(generationOf(both));
  });
});
