import { underscoreVariants, WITHHELD_HEADERS } from "../../../../rules/edge/foreignHeaders";
import { renderNginxConfig } from "../../../../rules/edge/nginxConfig";
import { createRelease, type ServiceRelease } from "../../../../release/release";
import { edgeOptions } from "../../../support/edgeOptions";
import { placedRelease, serviceRelease } from "../../../support/releases";

function record(routes: Record<string, Partial<ServiceRelease["route"]>>) {
  const services = Object.entries(routes).map(([name, overrides]) => {
    const service = serviceRelease({ name });
    return [name, { ...service, route: { ...service.route, ...overrides } }] as const;
  });
  return placedRelease(createRelease(Object.fromEntries(services)));
}

const render = (
  routes: Record<string, Partial<ServiceRelease["route"]>> = { web: {} },
  options: Parameters<typeof edgeOptions>[0] = {},
) => renderNginxConfig(edgeOptions(options), { blue: record(routes), green: null });

/** The text of the location that hands a service's requests on. */
function routeOf(config: string, path: string): string {
  return config.split(`    location ^~ /@blue${path} {`)[1]?.split("\n    }")[0] ?? "";
}

describe("headers of a request", () => {
  const config = render({ web: {}, raw: { stripPrefix: false } });
  const set = [...config.matchAll(/proxy_set_header (\S+) (.+);/g)].map(([, name = "", value]) => ({
    name,
    value,
  }));

  it("are set once for all routes, since nginx inherits none into a location with one of its own", () => {
    expect(routeOf(config, "/web/")).toContain("proxy_pass http://blue-web$maestro_forward;");
    expect(routeOf(config, "/raw/")).toContain("proxy_pass http://blue-raw$request_uri;");
    expect(routeOf(config, "/web/") + routeOf(config, "/raw/")).not.toContain("proxy_set_header");
  });

  it("have each name once, whatever its case", () => {
    const names = set.map(({ name }) => name.toLowerCase());
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it("about the connection are the edge's own or absent", () => {
    const values = new Map(set.map(({ name, value }) => [name, value]));
    expect(Object.fromEntries(values)).toMatchObject({
      "X-Forwarded-For": "$remote_addr",
      "X-Forwarded-Host": "$maestro_public_host",
      "X-Forwarded-Prefix": "$maestro_prefix",
      Upgrade: "$maestro_upgrade",
    });
    for (const name of [...WITHHELD_HEADERS, ...underscoreVariants()]) {
      expect([name, values.get(name)]).toEqual([name, '""']);
    }
  });

  it("cannot be written with an underscore instead", () => {
    const variants = underscoreVariants();
    expect(variants.filter((name) => /^X.Forwarded.Host$/.test(name)).sort()).toEqual([
      "X-Forwarded_Host",
      "X_Forwarded-Host",
      "X_Forwarded_Host",
    ]);
    expect(variants).toEqual(
      expect.arrayContaining(["X_Request_Id", "X_Original_URL", "Content_Length", "Client_IP"]),
    );
    expect(variants.filter((name) => !name.includes("_"))).toEqual([]);
    expect(config).toContain("  underscores_in_headers on;");
    // nginx's variables of headers do not tell `_` from `-`.
    expect(config).not.toContain("$http_content_length");
  });

  it("tell the prefix that was taken off, and none where none was", () => {
    expect(routeOf(config, "/web/")).toContain("set $maestro_prefix /web;");
    expect(routeOf(config, "/raw/")).not.toContain("$maestro_prefix");
    expect(config).toContain('    set $maestro_prefix "";');
  });
});

describe("a load balancer's word", () => {
  it("counts for nobody by default", () => {
    expect(render()).not.toMatch(/real_ip|\$http_x_forwarded|geo \$realip/);
  });

  it("counts for the ranges that are named, about hosts that the stack names", () => {
    const config = render(
      { web: {}, shop: { host: "shop.example", path: "/" } },
      { trustedProxies: ["10.0.0.0/8", "fd00::/8"], publicHost: "www.example" },
    );
    expect(config).toContain("  set_real_ip_from 10.0.0.0/8;\n  set_real_ip_from fd00::/8;\n");
    expect(config).toContain("real_ip_recursive on;");
    expect(config).toContain("    10.0.0.0/8 1;\n    fd00::/8 1;\n");
    const known = config.split("map $maestro_said_name $maestro_public_host {")[1]?.split("}")[0];
    expect(known?.trim().split(/\n +/)).toEqual([
      "default $maestro_host;",
      "shop.example $http_x_forwarded_host;",
      "www.example $http_x_forwarded_host;",
    ]);
  });
});

describe("answers", () => {
  it("have the edge's CORS headers alone where a route names origins", () => {
    const config = render({ web: {}, api: { corsOrigins: ["https://app.example"] } });
    const hidden = routeOf(config, "/api/").match(/proxy_hide_header \S+;/g);
    for (const name of ["Allow-Origin", "Allow-Credentials", "Expose-Headers", "Max-Age"]) {
      expect(hidden).toContain(`proxy_hide_header Access-Control-${name};`);
    }
    // A location that hides something has none of those that all others hide.
    const everywhere = config.match(/^ {2}proxy_hide_header \S+;/gm)!.map((line) => line.trim());
    expect(hidden).toEqual(expect.arrayContaining(everywhere));
    expect(routeOf(config, "/web/")).not.toContain("proxy_hide_header");
  });

  it("of the edge itself are JSON with a reason, in every server and for every route", () => {
    const config = render({ web: {}, shop: { host: "shop.example" } });
    for (const server of config.split("  server {\n").slice(1)) {
      const pages = [...server.matchAll(/error_page [\d =]+ (\S+);/g)].map(([, page]) => page);
      expect(new Set(pages).size).toBeGreaterThan(2);
      // A pause goes on after what went wrong, and maintenance has a page for browsers.
      const own = ["@waited", "/edge/maintenance/page.html"];
      for (const page of pages.filter((each) => !own.includes(each!))) {
        const location = server
          .split(new RegExp(`location (?:= )?${page} \\{`))[1]
          ?.split("    }")[0];
        expect(location).toContain(`return 200 '{"error":"$maestro_reason"}\\n';`);
        expect(location).toContain("default_type application/json;");
      }
    }
  });

  it("may have headers as large as the route says", () => {
    const config = render({ web: {}, api: { maxAnswerHeaderKilobytes: 64 } });
    expect(config).toContain("\n  proxy_buffer_size 32k;\n");
    expect(routeOf(config, "/api/")).toContain("proxy_buffer_size 64k;");
    expect(routeOf(config, "/api/")).toContain("set $maestro_answer_bytes 65536;");
    expect(routeOf(config, "/web/")).not.toContain("proxy_buffer");
  });
});

it("takes request headers as large as the stack says", () => {
  expect(render()).toContain("large_client_header_buffers 8 16k;");
  const config = render({}, { maxHeaderLineKilobytes: 32, maxHeaderKilobytes: 96 });
  expect(config).toContain("large_client_header_buffers 6 32k;");
  expect(config).toContain("larger than 32 kB a line or 96 kB in all");
});
