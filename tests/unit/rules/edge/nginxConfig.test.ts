import {
  generationOf,
  renderNginxConfig,
  withoutRefusedDirective,
} from "../../../../rules/edge/nginxConfig";
import { createRelease, type ServiceRelease } from "../../../../release/release";
import { edgeOptions } from "../../../support/edgeOptions";
import { placedRelease, serviceRelease } from "../../../support/releases";

const OPTIONS = edgeOptions();

function record(services: Record<string, Partial<ServiceRelease>>) {
  return placedRelease(
    createRelease(
      Object.fromEntries(
        Object.entries(services).map(([name, overrides]) => [
          name,
          serviceRelease({ name, overrides }),
        ]),
      ),
    ),
  );
}

const route = (overrides: Partial<ServiceRelease["route"]>) => ({
  route: { ...serviceRelease({ name: "web" }).route, ...overrides },
});

describe("renderNginxConfig", () => {
  it("declares both sets' upstreams at their fixed addresses", () => {
    const web = record({ web: { replicas: 2, port: 9000 } });
    const config = renderNginxConfig(OPTIONS, { blue: web, green: web });
    expect(config).toContain(
      "upstream blue-web { server 10.213.16.0:9000 max_fails=0; server 10.213.16.1:9000 max_fails=0; keepalive_requests 1; }",
    );
    expect(config).toContain("upstream green-web { server 10.213.96.0:9000");
  });

  it("does not change when only a digest, the environment or the release id does", () => {
    const before = record({ web: {} });
    const after = record({ web: { digest: `sha256:${"f".repeat(64)}`, env: { A: "1" } } });
    expect(before.id).not.toBe(after.id);
    expect(renderNginxConfig(OPTIONS, { blue: before, green: after })).toBe(
      renderNginxConfig(OPTIONS, { blue: before, green: before }),
    );
  });

  it("names its own generation, which changes with the text", () => {
    const one = renderNginxConfig(OPTIONS, { blue: record({ web: {} }), green: null });
    const two = renderNginxConfig(OPTIONS, { blue: record({ web: { port: 81 } }), green: null });
    expect(generationOf(one)).toMatch(/^[0-9a-f]{12}$/);
    expect(generationOf(one)).not.toBe(generationOf(two));
    expect(one).toContain(`return 200 '${generationOf(one)}\\n';`);
    expect(one).not.toContain("@generation@");
  });

  it("gives up a directive that an older nginx refuses, and none that the edge needs", () => {
    const config = renderNginxConfig(OPTIONS, { blue: record({ web: {} }), green: null });
    const refusal = (directive: string) =>
      `[emerg] unknown directive "${directive}" in nginx.conf:41`;
    const reduced = withoutRefusedDirective(config, refusal("keepalive_min_timeout"));
    expect(reduced?.directive).toBe("keepalive_min_timeout");
    expect(reduced?.config).toContain("\n  # unknown here: keepalive_min_timeout 15s;\n");
    expect(reduced?.config).not.toMatch(/^ *keepalive_min_timeout/m);
    expect(generationOf(reduced!.config)).toBe(generationOf(config));
    expect(withoutRefusedDirective(config, refusal("proxy_pass"))).toBeNull();
    expect(withoutRefusedDirective(config, "host not found in upstream")).toBeNull();
    const again = withoutRefusedDirective(reduced!.config, refusal("keepalive_min_timeout"));
    expect(again).toBeNull();
  });

  it("decides the set for each request, by one file test", () => {
    const config = renderNginxConfig(OPTIONS, { blue: record({ web: {} }), green: null });
    expect(config).toContain("if (-f /etc/maestro/switch/green) { set $maestro_active green; }");
    expect(config).toContain("open_file_cache off;");
  });

  it("passes the path on as the client wrote it, without the prefix", () => {
    const config = renderNginxConfig(OPTIONS, { blue: record({ web: {} }), green: null });
    expect(config).toContain('if ($request_uri !~ "^/web(?<maestro_forward>/.*)$") {');
    expect(config).toContain("proxy_pass http://blue-web$maestro_forward;");
  });

  it("leaves the prefix where the route wants it", () => {
    const config = renderNginxConfig(OPTIONS, {
      blue: record({ web: route({ path: "/", stripPrefix: false }) }),
      green: null,
    });
    expect(config).toContain("location ^~ /@blue/ {");
    expect(config).toContain("proxy_pass http://blue-web$request_uri;");
  });

  it("gives a host a server of its own, with the routes of that host and of every host", () => {
    const config = renderNginxConfig(OPTIONS, {
      blue: record({ web: {}, shop: route({ path: "/", host: "shop.example" }) }),
      green: null,
    });
    const [, defaultServer = "", shopServer = ""] = config.split("  server {\n");
    expect(shopServer).toContain("server_name shop.example;");
    expect(shopServer).toContain("proxy_pass http://blue-shop");
    expect(shopServer).toContain("proxy_pass http://blue-web");
    expect(defaultServer).not.toContain("proxy_pass http://blue-shop");
  });

  it("prefers a host's own route to one of every host with the same path", () => {
    const config = renderNginxConfig(OPTIONS, {
      blue: record({ web: {}, shop: route({ path: "/web/", host: "shop.example" }) }),
      green: null,
    });
    const [, defaultServer = "", shopServer = ""] = config.split("  server {\n");
    expect(defaultServer.match(/location \^~ \/@blue\/web\/ /g)).toHaveLength(1);
    expect(shopServer.match(/location \^~ \/@blue\/web\/ /g)).toHaveLength(1);
    expect(shopServer).toContain("proxy_pass http://blue-shop");
  });

  it("keeps the variables of services with similar names apart", () => {
    const corsOrigins = ["https://app.example"];
    const config = renderNginxConfig(OPTIONS, {
      blue: record({ x: route({ corsOrigins }), "x-preflight": route({ corsOrigins }) }),
      green: null,
    });
    const declared = [...config.matchAll(/^ {2}map \S+ (\$\S+)/gm)].map(([, name]) => name);
    expect(new Set(declared).size).toBe(declared.length);
  });

  it("answers X-Maestro-Set in every location that users reach", () => {
    const config = renderNginxConfig(OPTIONS, {
      blue: record({ web: route({ corsOrigins: ["https://app.example"] }) }),
      green: record({ web: {} }),
    });
    const locations = config
      .split(/\n {4}location /)
      .slice(1)
      .filter((block) => !block.startsWith("= /edge/probe/"))
      // These answer nobody: they lead on.
      .filter(
        (block) =>
          !/^(?:= \/@hand|@passed|@waited|= \/edge\/(?:held|maintenance\/page)) /.test(block),
      );
    expect(locations.length).toBeGreaterThan(8);
    for (const block of locations) {
      expect(block).toContain("add_header X-Maestro-Set $maestro_set always;");
    }
  });

  it("limits rate and body, and answers CORS, only where asked to", () => {
    const plain = renderNginxConfig(OPTIONS, { blue: record({ web: {} }), green: null });
    // Rules by hand have limits of their own.
    expect(plain).not.toMatch(/limit_req zone=(?!throttled |waiting )|Access-Control/);
    const rich = renderNginxConfig(OPTIONS, {
      blue: record({
        web: route({
          rateLimitPerSecond: 5,
          maxBodyMegabytes: 3,
          corsOrigins: ["https://app.example"],
        }),
      }),
      green: null,
    });
    expect(rich).toContain("limit_req_zone $binary_remote_addr zone=blue-web:1m rate=5r/s;");
    expect(rich).toContain("limit_req zone=blue-web burst=5 nodelay;");
    expect(rich).toContain("client_max_body_size 3m;");
    expect(rich).toContain(
      'map $http_origin $cors_blue_web { default ""; "https://app.example" $http_origin; }',
    );
  });

  it("serves TLS with the mounted certificate, and then tells browsers to stay with it", () => {
    const config = renderNginxConfig({ ...OPTIONS, tls: true }, { blue: null, green: null });
    expect(config).toContain("listen 8443 ssl default_server");
    expect(config).toContain("ssl_certificate /etc/maestro/tls/certificate.pem;");
    expect(config).toContain("Strict-Transport-Security");
  });

  it("shows a replica's own health on the preview port alone", () => {
    const config = renderNginxConfig(OPTIONS, { blue: record({ web: {} }), green: null });
    const probe = config.split("location = /edge/probe/blue/web/0/ready {")[1] ?? "";
    expect(probe).toContain("if ($server_port != 8081) { return 404; }");
    expect(probe).toContain("proxy_pass http://10.213.16.0:8000/ready;");
  });

  it("asks about health with the host, scheme and prefix of users' requests", () => {
    const health = serviceRelease().health;
    const web = record({
      web: { health: { ...health, host: "probe.example", scheme: "https" } },
      shop: route({ path: "/", host: "shop.example", stripPrefix: false }),
      plain: {},
    });
    const options = edgeOptions({ publicHost: "www.example" });
    const config = renderNginxConfig(options, { blue: web, green: null });
    const asked = (service: string) =>
      config.split(`location = /edge/probe/blue/${service}/0/ready {`)[1]?.split("}")[1];
    expect(asked("web")).toContain("set $maestro_asked https://probe.example;");
    expect(asked("web")).toContain("set $maestro_prefix /web;");
    expect(asked("shop")).toContain("set $maestro_asked http://shop.example;");
    expect(asked("plain")).toContain("set $maestro_asked http://www.example;");
    const secure = renderNginxConfig({ ...options, tls: true }, { blue: web, green: null });
    expect(secure).toContain("set $maestro_asked https://www.example;");
  });

  it("has room for as many connections as its memory can hold, whatever the host has of processors", () => {
    const sized = (memoryMegabytes: number) =>
      renderNginxConfig({ ...OPTIONS, memoryMegabytes }, { blue: null, green: null });
    expect(sized(256)).toContain("worker_processes 4;");
    expect(sized(256)).toContain("  worker_connections 1536;");
    expect(sized(1_048_576)).toContain("  worker_connections 16384;");
  });

  it("gives a route its share of what all have", () => {
    const render = (overrides: Partial<ServiceRelease["route"]>) =>
      renderNginxConfig(OPTIONS, { blue: record({ web: route(overrides) }), green: null });
    expect(render({})).toContain("limit_conn services 1024;");
    expect(render({ maxConcurrentRequests: 7 })).toContain("limit_conn services 7;");
    expect(render({})).toContain('location ~ "/[+]streamed" {');
    expect(render({})).toContain("limit_conn scratch_services 3;");
    const large = render({ maxBodyMegabytes: 200 });
    expect(large).toContain('location ~ "/[+](?:streamed|chunked)" {');
    const [, ofRoute = ""] = large.split("location ^~ /@blue/web/ {");
    expect(ofRoute).toContain("limit_conn services 1024;");
    expect(ofRoute).not.toContain("limit_conn scratch");
  });

  it("decides by itself about second tries only where there is a second replica", () => {
    const one = renderNginxConfig(OPTIONS, { blue: record({ web: {} }), green: null });
    expect(one).not.toMatch(/@again|[$]other_/);
    const two = renderNginxConfig(OPTIONS, { blue: record({ web: { replicas: 2 } }), green: null });
    expect(two).toContain(
      "map $upstream_addr $other_blue_web { 10.213.16.0:8000 10.213.16.1:8000; 10.213.16.1:8000 10.213.16.0:8000; }",
    );
    expect(two).toContain("error_page 502 504 = @again-blue-web;");
    expect(two).toContain("location @again-blue-web {");
  });

  it("grows by the service, and no faster", () => {
    const size = (count: number) => {
      const services = Array.from({ length: count }, (_, index) => [`s${index}`, {}] as const);
      const set = record(Object.fromEntries(services));
      return renderNginxConfig(OPTIONS, { blue: set, green: set }).length;
    };
    expect((size(500) - size(250)) / (size(250) - size(0))).toBeCloseTo(1, 1);
  });
});
