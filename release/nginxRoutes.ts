import { replicaAddress } from "./addresses";
import { EDGE_PORTS, probePath } from "./edgeLayout";
import type { Color, ReleaseRecord, ServiceRelease } from "./release";

/** Largest bodies that are read whole before a service sees them: the edge's scratch space holds 64 MB in all. */
const MAX_BUFFERED_MEGABYTES = 10;

function servicesOf(record: ReleaseRecord | null): [string, ServiceRelease][] {
  return Object.entries(record?.services ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
}

function replicaAddresses(
  subnet: string,
  color: Color,
  record: ReleaseRecord,
  service: string,
): string[] {
  const { port, replicas } = record.services[service] as ServiceRelease;
  const slot = record.slots[service] as number;
  return Array.from(
    { length: replicas },
    (_, replica) => `${replicaAddress(subnet, color, slot, replica)}:${port}`,
  );
}

/**
 * One upstream a service: its replicas at their fixed addresses. A connection ends with its request even where the
 * service would keep it, since nginx keeps idle ones from 1.29.7 on; older versions do not know `keepalive 0`.
 */
export function renderUpstreams(
  subnet: string,
  color: Color,
  record: ReleaseRecord | null,
): string[] {
  if (!record) return [];
  return servicesOf(record).map(([service]) => {
    const servers = replicaAddresses(subnet, color, record, service)
      .map((address) => `server ${address} max_fails=3 fail_timeout=2s;`)
      .join(" ");
    return `  upstream ${color}-${service} { ${servers} keepalive_requests 1; }`;
  });
}

/** An nginx variable's name for a service: variables know no dashes. */
function variableName(prefix: string, color: Color, service: string): string {
  return `$${prefix}_${color}_${service.replaceAll("-", "_")}`;
}

/** Maps and zones that a route's CORS origins and rate limit need; nginx wants them outside of any server. */
export function renderRouteMaps(color: Color, record: ReleaseRecord | null): string[] {
  return servicesOf(record).flatMap(([service, { route }]) => {
    const origins = route.corsOrigins.includes("*")
      ? ["default $http_origin;"]
      : ['default "";', ...route.corsOrigins.map((origin) => `"${origin}" $http_origin;`)];
    const cors = variableName("cors", color, service);
    const preflight = variableName("preflight", color, service);
    const maps = [
      `  map $http_origin ${cors} { ${origins.join(" ")} }`,
      `  map "$request_method:$http_access_control_request_method:${cors}" ${preflight} { default 0; "~^OPTIONS:[^:]+:." 1; }`,
    ];
    const limit = `  limit_req_zone $binary_remote_addr zone=${color}-${service}:1m rate=${route.rateLimitPerSecond}r/s;`;
    return [
      ...(route.corsOrigins.length > 0 ? maps : []),
      ...(route.rateLimitPerSecond === null ? [] : [limit]),
    ];
  });
}

interface SetLocations {
  readonly subnet: string;
  readonly color: Color;
  /** Host of the server block; null: the default one. */
  readonly host: string | null;
  readonly record: ReleaseRecord | null;
  readonly answer: readonly string[];
}

/**
 * One set's routes as locations below `/@<color>/`, a prefix that only the switch's rewrite produces: a client that
 * sends it gets it a second time in front and finds nothing.
 */
export function renderLocations(set: SetLocations): string[] {
  const services = servicesOf(set.record);
  // A route of the host's own goes before one of every host with the same path.
  const own = new Set(
    services.filter(([, { route }]) => route.host === set.host).map(([, { route }]) => route.path),
  );
  return services.flatMap(([service, settings]) => {
    const { host, path } = settings.route;
    const isRouted = host === set.host || (host === null && !own.has(path));
    return [
      ...(isRouted ? renderRoute(set, service, settings) : []),
      ...(set.host === null ? renderProbes(set, service, settings) : []),
    ];
  });
}

function renderRoute(set: SetLocations, service: string, { route }: ServiceRelease): string[] {
  const inside = `/@${set.color}${route.path}`;
  const strips = route.stripPrefix && route.path !== "/";
  const lines = [
    ...set.answer,
    `set $maestro_service ${service};`,
    `client_max_body_size ${route.maxBodyMegabytes}m;`,
    ...(route.maxBodyMegabytes > MAX_BUFFERED_MEGABYTES ? ["proxy_request_buffering off;"] : []),
    `proxy_read_timeout ${route.readTimeoutSeconds}s;`,
    `proxy_send_timeout ${route.readTimeoutSeconds}s;`,
    ...(route.rateLimitPerSecond === null
      ? []
      : [`limit_req zone=${set.color}-${service} burst=${route.rateLimitPerSecond} nodelay;`]),
    ...renderCors(set.color, service, route.corsOrigins),
    ...renderForward(`${set.color}-${service}`, strips ? route.path : null),
  ];
  const withoutSlash = strips
    ? [
        `    location = ${inside.slice(0, -1)} {`,
        ...set.answer.map((line) => `      ${line}`),
        `      return 308 ${route.path}$is_args$args;`,
        "    }",
      ]
    : [];
  return [
    ...withoutSlash,
    `    location ^~ ${inside} {`,
    ...lines.map((line) => `      ${line}`),
    "    }",
  ];
}

/**
 * Hands the request on with its path as the client wrote it. nginx's own rewriting would decode it (`%2F` becomes "/",
 * `%0d%0a` a header of the attacker's), so the prefix is cut from the raw request; a prefix in disguise is refused.
 * The capture has a name: nginx escapes a numbered one once more, with the "?" before the query.
 */
function renderForward(upstream: string, stripped: string | null): string[] {
  if (stripped === null) {
    return [...FORWARDED_HEADERS, `proxy_pass http://${upstream}$request_uri;`];
  }
  const prefix = stripped.slice(0, -1);
  return [
    `if ($request_uri !~ "^${prefix.replaceAll(".", "\\.")}(?<maestro_forward>/.*)$") { return 400; }`,
    `proxy_set_header X-Forwarded-Prefix ${prefix};`,
    ...FORWARDED_HEADERS,
    `proxy_redirect / ${stripped};`,
    // Services that name the host in a redirect take it from the request.
    `proxy_redirect http://$http_host/ ${stripped};`,
    `proxy_redirect https://$http_host/ ${stripped};`,
    `proxy_pass http://${upstream}$maestro_forward;`,
  ];
}

/** nginx inherits no proxy header into a location that sets one of its own, so each location has them all. */
const FORWARDED_HEADERS = [
  "proxy_set_header Host $http_host;",
  "proxy_set_header Upgrade $http_upgrade;",
  "proxy_set_header Connection $maestro_connection;",
  "proxy_set_header X-Real-IP $remote_addr;",
  "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;",
  "proxy_set_header X-Forwarded-Proto $scheme;",
  "proxy_set_header X-Request-Id $maestro_request_id;",
];

function renderCors(color: Color, service: string, origins: readonly string[]): string[] {
  if (origins.length === 0) return [];
  const cors = variableName("cors", color, service);
  const headers = [
    "add_header X-Maestro-Set $maestro_set always;",
    `add_header Access-Control-Allow-Origin ${cors} always;`,
    "add_header Vary Origin always;",
  ];
  const preflight = [
    ...headers,
    'add_header Access-Control-Allow-Methods "GET, HEAD, POST, PUT, PATCH, DELETE" always;',
    "add_header Access-Control-Allow-Headers $http_access_control_request_headers always;",
    "add_header Access-Control-Max-Age 600 always;",
    "return 204;",
  ];
  return [
    ...headers.slice(1),
    `if (${variableName("preflight", color, service)}) {`,
    ...preflight.map((line) => `  ${line}`),
    "}",
  ];
}

/** Asks each replica by itself, whatever the other replicas answer. Only on the preview port. */
function renderProbes(set: SetLocations, service: string, settings: ServiceRelease): string[] {
  if (!set.record) return [];
  const { livePath, readyPath } = settings.health;
  return replicaAddresses(set.subnet, set.color, set.record, service).flatMap((address, replica) =>
    [
      { kind: "live", path: livePath } as const,
      { kind: "ready", path: readyPath } as const,
    ].flatMap(({ kind, path }) => [
      `    location = ${probePath(set.color, service, replica, kind)} {`,
      "      access_log off;",
      `      if ($server_port != ${EDGE_PORTS.preview}) { return 404; }`,
      "      proxy_next_upstream off;",
      "      proxy_read_timeout 5s;",
      `      proxy_pass http://${address}${path};`,
      "    }",
    ]),
  );
}
