import type { EdgeOptions } from "./edgeOptions";
import type { RouteSettings } from "../../release/release";

/**
 * What all services share at the edge, and what one of them, or one client, may take of it. Measured on nginx 1.30, for
 * each client: an idle connection takes 1 kB, with TLS 23 kB; a request that waits 12 kB, with 64 kB of headers or body
 * 40 to 71 kB, with an answer that is compressed 63 kB.
 */
const CONNECTIONS_PER_MEGABYTE = 24;

/** As many on every host: a worker of each processor takes more than the edge's memory where there are many. */
const WORKERS = 4;

/** Requests that a service may have under way; the connection pools of other proxies begin with as many. */
const DEFAULT_MAX_CONCURRENT_REQUESTS = 1024;

/** Bodies from this size on go to the service as they arrive; smaller ones are kept in memory until they are whole. */
const STREAMED_BYTES = 66_000;

/**
 * Bodies without a length are kept in the scratch space, which holds 64 MB: a service that needs the length gets it.
 * One service gets half of the places, and one client cannot have them all.
 */
const SCRATCH_MEGABYTES = 10;
export const SCRATCH_PLACES = { all: 6, service: 3, client: 5 } as const;

/**
 * Memory of nginx for each byte of its configuration, and for itself, in bytes. Measured on nginx 1.22 with 5 to 1,000
 * services. When it loads a new one it has the old one for as long as requests are under way, and a third in its processes
 * that begin.
 */
const MEMORY_PER_BYTE = 41;
const OWN_MEMORY = 10_000_000;
const COPIES_AT_RELOAD = 3;

/** Megabytes that nginx may need at a moment to load this configuration beside the one that it has. */
export function reloadMegabytes(config: string): number {
  const bytes = OWN_MEMORY + COPIES_AT_RELOAD * MEMORY_PER_BYTE * config.length;
  return Math.ceil(bytes / 2 ** 20);
}

/** What to say of an edge whose memory may not do for a reload, which would end it; null: it does. */
export function tooLittleMemory(
  config: string,
  { memoryMegabytes }: Pick<EdgeOptions, "memoryMegabytes">,
): string | null {
  const need = reloadMegabytes(config);
  if (need <= memoryMegabytes) return null;
  const enough = 2 ** Math.ceil(Math.log2(need));
  return (
    `maestro:edge.memoryMegabytes: may be too little for nginx to load a configuration of so many services beside the ` +
    `one that it has, which takes up to ${need} MB, got ${memoryMegabytes}; run ` +
    `\`pulumi config set --path maestro:edge.memoryMegabytes ${enough}\``
  );
}

/** Connections of one worker: what the edge's memory can hold, and no more than its file descriptors. */
export function workerConnections({ memoryMegabytes }: EdgeOptions): number {
  return Math.min(16_384, Math.ceil((memoryMegabytes * CONNECTIONS_PER_MEGABYTE) / WORKERS));
}

/** How many processes and connections the edge has. */
export function renderWorkers(options: EdgeOptions): string {
  return [
    `worker_processes ${WORKERS};`,
    "worker_rlimit_nofile 65536;",
    "events {",
    `  worker_connections ${workerConnections(options)};`,
    "}",
  ].join("\n");
}

/** How long the edge waits for a client, how much it keeps for one, and what it counts. */
export function renderSharedLimits(options: EdgeOptions): string {
  // An entry lasts as long as a request, and takes 128 bytes at most.
  const zone = Math.ceil((WORKERS * workerConnections(options) * 128) / 2 ** 20);
  return [
    "# What one client or one service may take of what all share; see docs/configuration.md.",
    "client_header_timeout 15s;",
    "client_body_timeout 30s;",
    "reset_timedout_connection on;",
    `client_body_buffer_size ${STREAMED_BYTES};`,
    "proxy_max_temp_file_size 0;",
    `limit_conn_zone $binary_remote_addr zone=clients:${zone}m;`,
    `limit_conn_zone $maestro_set:$maestro_service zone=services:${zone}m;`,
    "limit_conn_zone $maestro_scratch zone=scratch:1m;",
    "limit_conn_zone $maestro_scratch_of_client zone=scratch_clients:1m;",
    "limit_conn_zone $maestro_scratch_of_service zone=scratch_services:1m;",
    "limit_conn_status 503;",
    "# The access log has them all; twice would be a flood.",
    "limit_conn_log_level info;",
    "limit_req_log_level info;",
    // Not $http_content_length, which is Content_Length's value too: the size of a body would be the client's to say.
    'map "$http_transfer_encoding:$content_length" $maestro_body {',
    '  default "";',
    '  "~^[^:]" chunked;',
    '  "~^:(?:6[6-9][0-9]{3}|[7-9][0-9]{4}|[0-9]{6,})$" streamed;',
    "}",
    'map $maestro_body $maestro_scratch { default ""; chunked all; }',
    'map $maestro_body $maestro_scratch_of_client { default ""; chunked $remote_addr; }',
    'map $maestro_body $maestro_scratch_of_service { default ""; chunked $maestro_set:$maestro_service; }',
    "# nginx would send these to a second replica although the first has had them.",
    'map $request_method $maestro_once { default once; "~^(?:GET|HEAD|OPTIONS|TRACE|POST|PATCH)$" ""; }',
    'map "$maestro_body$maestro_once" $maestro_way { default "/+$maestro_body$maestro_once"; "" ""; }',
    'map "$upstream_bytes_sent" $maestro_sent { default 1; "~^[0-]?$" 0; }',
  ]
    .map((line) => `  ${line}`)
    .join("\n");
}

/** Compression with small windows: as good for texts, and an answer that is under way takes 63 kB instead of 149. */
export const GZIP_MEMORY = "gzip_buffers 4 4k;\n  gzip_window 4k;\n  gzip_hash 4k;";

/** A route's share. */
export function renderShare(route: RouteSettings, options: EdgeOptions): string[] {
  const { maxConcurrentRequests = DEFAULT_MAX_CONCURRENT_REQUESTS } = route;
  return [
    `limit_conn clients ${options.maxConcurrentRequestsPerClient};`,
    `limit_conn services ${maxConcurrentRequests};`,
    ...(isKept(route)
      ? [
          `limit_conn scratch_services ${SCRATCH_PLACES.service};`,
          `limit_conn scratch_clients ${SCRATCH_PLACES.client};`,
          `limit_conn scratch ${SCRATCH_PLACES.all};`,
        ]
      : []),
    `client_max_body_size ${Math.min(route.maxBodyMegabytes, SCRATCH_MEGABYTES)}m;`,
  ];
}

/**
 * The location, inside a route's own, of bodies that go to the service as they arrive: the long ones, and where a route
 * takes more than the scratch space can hold those without a length too.
 *
 * @param forward lines that hand the request on; nginx inherits none of these
 */
export function renderStreamed(route: RouteSettings, forward: readonly string[]): string[] {
  const lines = [
    "proxy_request_buffering off;",
    "client_body_buffer_size 16k;",
    `client_max_body_size ${route.maxBodyMegabytes}m;`,
    ...forward,
  ];
  return nested(isKept(route) ? "streamed" : "(?:streamed|chunked)", lines);
}

/**
 * The location, inside a route's own, of requests that may reach one replica only, as PUT and DELETE. nginx sends them
 * to another one after an error of any kind; here that is for `again` to decide.
 */
export function renderOnce(again: string, refused: string, forward: readonly string[]): string[] {
  return nested("(?:chunked)?once$", [
    "proxy_next_upstream off;",
    "recursive_error_pages on;",
    // The first that fits counts.
    `error_page 502 504 = ${again};`,
    refused,
    ...forward,
  ]);
}

/** What a second try begins with: there is one only if nothing was sent. */
export function refuseIfSent(): string[] {
  return [
    "recursive_error_pages on;",
    "proxy_next_upstream off;",
    'set $maestro_failure "$maestro_sent:$upstream_status";',
    'if ($maestro_failure = "1:504") { return 504; }',
    "if ($maestro_sent) { return 502; }",
  ];
}

/** Whether bodies without a length are kept until they are whole. */
function isKept(route: RouteSettings): boolean {
  return route.maxBodyMegabytes <= SCRATCH_MEGABYTES;
}

function nested(way: string, lines: readonly string[]): string[] {
  return [`location ~ "/[+]${way}" {`, ...lines.map((line) => `  ${line}`), "}"];
}
