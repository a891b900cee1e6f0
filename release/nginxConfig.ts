import { createHash } from "node:crypto";
import { EDGE_MOUNT, EDGE_PORTS } from "./edgeLayout";
import { renderLocations, renderRouteMaps, renderUpstreams } from "./nginxRoutes";
import { COLORS, type Color, type ReleaseRecord } from "./release";

/** What the whole edge does, apart from any release. */
export interface EdgeOptions {
  readonly subnet: string;
  readonly gzip: boolean;
  readonly securityHeaders: boolean;
  readonly tls: boolean;
}

/**
 * The edge's nginx configuration. Both sets' upstreams and routes are always declared, and which one a request takes is
 * decided for each request by a file test, so the switch is a rename and needs no reload.
 *
 * A reload drops keep-alive requests on nginx before 1.27.4, so nothing in here changes at a deploy unless routes, ports
 * or replicas do: no release id, no digest.
 */
export function renderNginxConfig(
  options: EdgeOptions,
  sets: Readonly<Record<Color, ReleaseRecord | null>>,
): string {
  const hosts = new Set<string>();
  for (const color of COLORS) {
    for (const { route } of Object.values(sets[color]?.services ?? {})) {
      if (route.host) hosts.add(route.host);
    }
  }
  const body = [
    ...securityHeaders(options).map(({ map }) => map),
    ...COLORS.flatMap((color) => renderUpstreams(options.subnet, color, sets[color])),
    ...COLORS.flatMap((color) => renderRouteMaps(color, sets[color])),
    ...[null, ...[...hosts].sort()].flatMap((host) => renderServer(options, host, sets)),
  ].join("\n");
  const text = `${renderHead(options)}\n${body}\n}\n`;
  return text.replaceAll(GENERATION_PLACEHOLDER, configGeneration(text));
}

const GENERATION_PLACEHOLDER = "@generation@";

/** Directives that the edge works without; the newest nginx knows them all. */
const OPTIONAL_DIRECTIVES = ["keepalive_min_timeout"];

/**
 * The configuration without the optional directive that nginx has refused, or null where its refusal is about
 * something else. The generation stays: it names what was asked for.
 */
export function withoutRefusedDirective(
  config: string,
  refusal: string,
): { config: string; directive: string } | null {
  const directive = /unknown directive "(\w+)"/.exec(refusal)?.[1] ?? "";
  if (!OPTIONAL_DIRECTIVES.includes(directive)) return null;
  const reduced = config.replace(
    new RegExp(`^( *)(${directive} .*)$`, "m"),
    "$1# unknown here: $2",
  );
  return reduced === config ? null : { config: reduced, directive };
}

/** Short hash of a configuration: the edge answers it at `/edge/generation`, which proves that a reload took place. */
function configGeneration(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}

/** The generation a rendered configuration will answer. */
export function generationOf(config: string): string {
  return /# generation ([0-9a-f]{12})/.exec(config)?.[1] ?? "";
}

function renderHead(options: EdgeOptions): string {
  const gzip = options.gzip
    ? "  gzip on;\n  gzip_vary on;\n  gzip_proxied any;\n  gzip_min_length 1024;\n  gzip_types application/json application/javascript text/css text/plain image/svg+xml;"
    : "  gzip off;";
  return `# Written by maestro; changes made by hand are lost at the next update.
# generation ${GENERATION_PLACEHOLDER}
worker_processes auto;
worker_rlimit_nofile 65536;
# A worker of an old generation ends at last, even if a websocket never does.
worker_shutdown_timeout 1h;
error_log stderr warn;
pid /tmp/nginx.pid;
events {
  worker_connections 8192;
}
http {
  client_body_temp_path /tmp/client_body;
  proxy_temp_path /tmp/proxy;
  fastcgi_temp_path /tmp/fastcgi;
  uwsgi_temp_path /tmp/uwsgi;
  scgi_temp_path /tmp/scgi;
  default_type application/octet-stream;
  server_tokens off;
  # A redirect must not name the port inside the container.
  absolute_redirect off;
  keepalive_requests 100000;
  keepalive_timeout 75s;
  # At a reload, old workers close idle connections, and a request that has just left the client on one of them is lost.
  # So they keep those used in the last 15 s (longer than clients in use pause) until these are told to close with their
  # next answer. Not 75s: for so long no idle connection could be given up for a new client when connections run out.
  keepalive_min_timeout 15s;
  server_names_hash_max_size 8192;
  server_names_hash_bucket_size 128;
  map_hash_bucket_size 128;
  # The switch is a file test for each request: a cached answer would serve the wrong set.
  open_file_cache off;
  # A request refused before it is routed has no set, which is no news for the error log.
  uninitialized_variable_warn off;
${gzip}

  proxy_http_version 1.1;
  # Answers pass through at once, so that streams and server-sent events work; requests are read whole first,
  # but for those that can be too large for the edge's scratch space (see their routes).
  proxy_buffering off;
  proxy_connect_timeout 2s;
  # Never sends a POST twice; a retry of anything else shows as "retried" in the log.
  proxy_next_upstream error timeout;
  proxy_next_upstream_tries 2;
  proxy_hide_header X-Maestro-Set;
  limit_req_status 429;

  # A connection of its own for each request: an idle one may be closed by the service just as it is used again.
  map $http_upgrade $maestro_connection { default upgrade; "" close; }
  map $http_x_request_id $maestro_request_id { default $http_x_request_id; "" $request_id; }
  map $upstream_addr $maestro_retried { default false; "~," true; }
  # The preview port shows the set that users do not reach (before the first switch: blue, which comes first).
  map "$server_port:$maestro_active" $maestro_set {
    default $maestro_active;
    "${EDGE_PORTS.preview}:blue" green;
    "${EDGE_PORTS.preview}:green" blue;
    "${EDGE_PORTS.preview}:none" blue;
  }

  log_format maestro escape=json '{"time":"$time_iso8601","id":"$maestro_request_id","set":"$maestro_set",'
    '"service":"$maestro_service","method":"$request_method","uri":"$request_uri","status":$status,'
    '"bytes":$body_bytes_sent,"seconds":$request_time,"upstream":"$upstream_addr","upstreamStatus":"$upstream_status",'
    '"upstreamSeconds":"$upstream_response_time","retried":$maestro_retried,"client":"$remote_addr","connection":"$connection/$connection_requests"}';
  access_log /dev/stdout maestro;
`;
}

function renderServer(
  options: EdgeOptions,
  host: string | null,
  sets: Readonly<Record<Color, ReleaseRecord | null>>,
): string[] {
  const isDefault = host === null;
  const listen = (port: number, kind: string) =>
    `    listen ${port}${kind}${isDefault ? " default_server backlog=4096" : ""};`;
  const tls = options.tls
    ? [
        listen(EDGE_PORTS.tls, " ssl"),
        `    ssl_certificate ${EDGE_MOUNT}/tls/certificate.pem;`,
        `    ssl_certificate_key ${EDGE_MOUNT}/tls/key.pem;`,
        "    ssl_protocols TLSv1.2 TLSv1.3;",
      ]
    : [];
  const answer = renderAnswerHeaders(options);
  return [
    "  server {",
    listen(EDGE_PORTS.public, ""),
    listen(EDGE_PORTS.preview, ""),
    ...tls,
    `    server_name ${host ?? "_"};`,
    // For what no location answers, such as a request that is refused before it is routed.
    ...answer.map((line) => `    ${line}`),
    ...renderSwitch(),
    ...renderEdgeEndpoints(answer),
    ...COLORS.flatMap((color) =>
      renderLocations({ subnet: options.subnet, color, host, record: sets[color], answer }),
    ),
    "  }",
  ];
}

/** Security headers of every answer, where the service does not set them itself. */
function securityHeaders({ securityHeaders, tls }: EdgeOptions) {
  if (!securityHeaders) return [];
  return [
    ["X-Content-Type-Options", "nosniff"],
    ["X-Frame-Options", "SAMEORIGIN"],
    ["Referrer-Policy", "strict-origin-when-cross-origin"],
    ...(tls ? [["Strict-Transport-Security", "max-age=31536000"]] : []),
  ].map(([name = "", value = ""]) => {
    const key = name.toLowerCase().replaceAll("-", "_");
    const variable = `$maestro_${key}`;
    const map = `  map $upstream_http_${key} ${variable} { "" ${value}; default ""; }`;
    return { map, line: `add_header ${name} ${variable} always;` };
  });
}

/** Headers on every answer. nginx inherits none into a location that adds its own, so each location has them all. */
function renderAnswerHeaders(options: EdgeOptions): string[] {
  return [
    "add_header X-Maestro-Set $maestro_set always;",
    ...securityHeaders(options).map(({ line }) => line),
  ];
}

/** The switch: one marker file names the active set; a rename of it moves every service in the same instant. */
function renderSwitch(): string[] {
  return [
    '    set $maestro_service "";',
    "    set $maestro_active blue;",
    `    if (-f ${EDGE_MOUNT}/switch/green) { set $maestro_active green; }`,
    `    if (!-f ${EDGE_MOUNT}/switch/live) { set $maestro_active none; }`,
    // (?s): a path with a line break in it must not slip past, to a set of its own choice.
    '    rewrite "(?s)^/(?!edge/)(.*)$" /@$maestro_set/$1 last;',
  ];
}

function renderEdgeEndpoints(answer: readonly string[]): string[] {
  const location = (match: string, ...lines: string[]) => [
    `    location ${match} {`,
    ...[...answer, ...lines].map((line) => `      ${line}`),
    "    }",
  ];
  const json = "default_type application/json;";
  return [
    ...location("= /edge/health", "access_log off;", json, `return 200 '{"status":"ok"}\\n';`),
    ...location(
      "= /edge/release",
      "access_log off;",
      json,
      "add_header Cache-Control no-store always;",
      `root ${EDGE_MOUNT}/switch;`,
      "try_files /$maestro_set.json =404;",
    ),
    ...location(
      "= /edge/generation",
      "access_log off;",
      `return 200 '${GENERATION_PLACEHOLDER}\\n';`,
    ),
    ...location("/edge/", json, `return 404 '{"error":"the edge has no such endpoint"}\\n';`),
    ...location(
      "/@none/",
      json,
      "add_header Retry-After 5 always;",
      `return 503 '{"error":"no release serves yet"}\\n';`,
    ),
    ...location("/@", json, `return 404 '{"error":"no service has this path"}\\n';`),
  ];
}
