import { gatewayAddress, setRanges } from "../../release/addresses";
import { COLORS } from "../../release/release";
import { DEFAULT_RETRY_AFTER_SECONDS, HAND_LENGTHS, RETRY_AFTER_SECONDS } from "./byHand";
import { EDGE_MOUNT, EDGE_PORTS } from "./edgeLayout";
import type { EdgeOptions } from "./edgeOptions";
import { answerBuffers } from "./nginxLimits";
import { REFUSED_PATH } from "./nginxRefusals";
import { SCRATCH_PLACES, workerConnections } from "./nginxSharing";
import { unroutedPaths } from "./nginxTls";

/** Where the edge sees the markers of rules by hand. */
const HAND = `${EDGE_MOUNT}/hand`;

/** The file without which no other one is looked for: all that a request costs where nothing is done by hand. */
const GUARD = `${HAND}/on`;

/** Text by which a configuration is known to look for rules by hand at all. */
export const KNOWS_RULES_BY_HAND = `if (-f ${GUARD})`;

/** Directive of a module that nginx may be built without: no request can be held then, and all the rest works. */
export const HOLDING_DIRECTIVE = "auth_request";

/** Requests that one throttled client may make a second, and how many at once on top. */
export const THROTTLE = { perSecond: 1, burst: 10 } as const;

/** How often a held request asks whether it may go on. */
const ASKED_PER_SECOND = 2;

/** Where held requests wait: a server of the edge's own that answers late, or at once when nothing is paused. */
const WAITING_ROOM = "unix:/tmp/held.sock";

/** Unix time, by its first digits: see `slotsUntil`. */
const NOW =
  'if ($msec ~ "^(?<maestro_t0>(?<maestro_t1>(?<maestro_t2>(?<maestro_t3>(?<maestro_t4>(?<maestro_t5>[0-9]+)[0-9])[0-9])[0-9])[0-9])[0-9])[.]") { set $maestro_clock 1; }';

const TIMES = [0, 1, 2, 3, 4, 5].map((level) => `$maestro_t${level}`);

/**
 * Most requests that are held at once. Each takes three connections, two of them of the worker that has it, and that may
 * be one and the same for all.
 */
export function heldRequests(options: EdgeOptions): number {
  return Math.max(1, Math.floor(workerConnections(options) / 3));
}

/** What rules by hand need outside of any server. */
export function renderHandRules(options: EdgeOptions): string {
  const { subnet } = options;
  const tries = HAND_LENGTHS.pause.most * ASKED_PER_SECOND + 1;
  const lines = [
    "# Rules by hand: maintenance, pause, clients that are blocked or throttled; see docs/traffic-by-hand.md.",
    // With these there are more than nginx has room for by itself, and it would say so at each start.
    "variables_hash_max_size 2048;",
    "# The stack's services, and maestro's own questions, which come from this host.",
    "geo $maestro_inside {",
    '  default "";',
    `  ${gatewayAddress(subnet)} host;`,
    ...COLORS.flatMap((color) => setRanges(subnet, color).map((range) => `  ${range} service;`)),
    "}",
    'map "$maestro_inside:$maestro_probe" $maestro_asks { default ""; "host:true" 1; }',
    'map $http_accept $maestro_page { default ""; "~*text/html" page; }',
    `limit_req_zone $binary_remote_addr zone=throttled:1m rate=${THROTTLE.perSecond}r/s;`,
    "limit_conn_zone held zone=held:1m;",
    `limit_req_zone $http_x_maestro_held zone=waiting:2m rate=${ASKED_PER_SECOND}r/s;`,
    "# One try each time that a held request asks.",
    `upstream maestro-held { ${Array.from({ length: tries }, () => `server ${WAITING_ROOM} max_fails=0;`).join(" ")} }`,
    `server { listen ${WAITING_ROOM} backlog=4096;`,
    "  access_log off;",
    `  ${NOW}`,
    "  set $maestro_waits 0;",
    ...TIMES.map((time) => `  if (-f ${HAND}/pause/${time}) { set $maestro_waits 1; }`),
    "  if ($maestro_waits = 0) { return 204; }",
    "  limit_req zone=waiting burst=2;",
    "  limit_req_status 503;",
    "  try_files /none =503;",
    "}",
  ];
  return lines.map((line) => `  ${line}`).join("\n");
}

/** Sends a request to the rules by hand where there are any. */
export function renderHandGuard(options: EdgeOptions): string[] {
  return [
    `    ${KNOWS_RULES_BY_HAND} { rewrite "(?s)^/(?!${unroutedPaths(options)})(?<maestro_path>.*)$" /@hand last; }`,
  ];
}

/**
 * Locations that only the guard leads to. The order says what goes first: a blocked client, maintenance, a pause, a client
 * that is throttled.
 *
 * @param find lines that find the set that serves.
 * @param go the way of a request that no rule is about, from there on.
 */
export function renderHandLocations(
  options: EdgeOptions,
  answer: readonly string[],
  find: readonly string[],
  go: string,
): string[] {
  const location = (match: string, lines: readonly string[]) => [
    `    location ${match} {`,
    ...lines.map((line) => `      ${line}`),
    "    }",
  ];
  const pass = `rewrite ^ ${go} last;`;
  const to = (file: string, where: string) =>
    TIMES.map((time) => `if (-f ${HAND}/${file}${time}) { rewrite ^ ${where} last; }`);
  const refused = [
    ...answer,
    ANY_BODY,
    "default_type application/json;",
    "add_header Cache-Control no-store always;",
  ];
  return [
    ...location("= /@hand", [
      ANY_BODY,
      `if ($server_port = ${EDGE_PORTS.preview}) { ${pass} }`,
      NOW,
      ...to("blocked/$remote_addr-", "/@blocked"),
      `if ($maestro_asks) { ${pass} }`,
      "set $maestro_closed 0;",
      ...TIMES.map((time) => `if (-f ${HAND}/maintenance/${time}) { set $maestro_closed 1; }`),
      `if (-f ${HAND}/allowed/$remote_addr) { set $maestro_closed 0; }`,
      "if ($maestro_inside = service) { set $maestro_closed 0; }",
      "if ($maestro_closed) { rewrite ^ /edge/maintenance/$maestro_page last; }",
      ...to("pause/", "/@held"),
      ...to("throttled/$remote_addr-", "/@throttled"),
      pass,
    ]),
    ...location("= /@blocked", [
      ...refused,
      `set $maestro_reason "${BLOCKED}";`,
      `return 403 '{"error":"${BLOCKED}"}\\n';`,
    ]),
    ...location("= /@throttled", [
      ...answer,
      ANY_BODY,
      `limit_req zone=throttled burst=${THROTTLE.burst} nodelay;`,
      "try_files /none @passed;",
    ]),
    ...location("= /@held", [
      ...answer,
      ANY_BODY,
      // nginx counts a request once: of those without a length, which are kept whole, no more may be held than be sent.
      `limit_conn scratch_clients ${SCRATCH_PLACES.client};`,
      `limit_conn scratch ${SCRATCH_PLACES.all};`,
      `limit_conn held ${heldRequests(options)};`,
      `${HOLDING_DIRECTIVE} /edge/held;`,
      "try_files /none @passed;",
    ]),
    // Found anew: the traffic may have moved while the request was held.
    ...location("@passed", [...find, pass]),
    ...renderWaiting(location),
    ...renderMaintenance(location, refused),
  ];
}

/** How large a body may be is for the route to say. */
const ANY_BODY = "client_max_body_size 0;";
const BLOCKED = "requests from this address are refused";
const CLOSED = "maintenance; try again later";

type RenderLocation = (match: string, lines: readonly string[]) => string[];

/** Where a held request asks, again and again, before any of its body is read. What goes wrong lets it go on. */
function renderWaiting(location: RenderLocation): string[] {
  return [
    ...location("= /edge/held", [
      "internal;",
      ANY_BODY,
      "proxy_pass http://maestro-held;",
      "proxy_pass_request_body off;",
      "proxy_pass_request_headers off;",
      "proxy_set_header X-Maestro-Held $request_id;",
      ...answerBuffers(4),
      "proxy_next_upstream error timeout http_503;",
      "proxy_next_upstream_timeout 0;",
      "proxy_intercept_errors on;",
      `error_page 404 ${REFUSED_PATH};`,
      "error_page 429 500 502 503 504 = @waited;",
    ]),
    ...location("@waited", ["return 204;"]),
  ];
}

/** What clients get in the meantime: a page where they take one, JSON else. */
function renderMaintenance(location: RenderLocation, refused: readonly string[]): string[] {
  const closed = [
    `set $maestro_reason "${CLOSED}";`,
    `set $maestro_retry_after ${DEFAULT_RETRY_AFTER_SECONDS};`,
    ...RETRY_AFTER_SECONDS.filter((each) => each !== DEFAULT_RETRY_AFTER_SECONDS).map(
      (each) => `if (-f ${HAND}/retryAfter/${each}) { set $maestro_retry_after ${each}; }`,
    ),
  ];
  const retry = "add_header Retry-After $maestro_retry_after always;";
  return [
    ...location("= /edge/maintenance/", [
      "internal;",
      ...refused,
      retry,
      ...closed,
      `return 503 '{"error":"${CLOSED}"}\\n';`,
    ]),
    ...location("= /edge/maintenance/page", [
      "internal;",
      ANY_BODY,
      "error_page 503 /edge/maintenance/page.html;",
      `error_page 404 ${REFUSED_PATH};`,
      "return 503;",
    ]),
    ...location("= /edge/maintenance/page.html", [
      "internal;",
      ...refused.map((line) => line.replace("application/json", "text/html")),
      retry,
      ...closed,
      `alias ${HAND}/page.html;`,
    ]),
  ];
}
