import type { EdgeOptions } from "./edgeOptions";

/** Everything that nginx may answer by itself; an answer of a service with one of these is the service's own. */
const CODES =
  "400 401 403 404 405 406 408 409 411 412 413 414 415 416 421 429 500 501 502 503 504 505 507";

/** Where the edge's refusals are answered when no route's location could: before a request is routed it has no path. */
export const REFUSED_PATH = "/edge/refused";

/** Answers what the access log does not show either: health probes that fail come many a second. */
export const QUIET_LOCATION = "@quiet";

/** Reasons by status, for the answer and the access log. */
export function renderReasons(options: EdgeOptions): string {
  const reasons: readonly (readonly [number | "default", string])[] = [
    ["default", "the edge could not answer"],
    [400, "the request is not valid HTTP"],
    [404, "nothing is at this path"],
    [405, "the edge takes no such method"],
    [408, "the request did not arrive in time"],
    [411, "the request's body has no length"],
    [413, "the request's body is larger than the route takes"],
    [414, `the request's first line is longer than ${options.maxHeaderLineKilobytes} kB`],
    [421, "the connection is one to another host"],
    [429, "too many requests from this address; try again later"],
    [
      431,
      `the request's headers are larger than ${options.maxHeaderLineKilobytes} kB a line or ${options.maxHeaderKilobytes} kB in all`,
    ],
    [500, "the edge failed"],
    [501, "the request's body is encoded in a way that the edge does not know"],
    [503, "the service takes no more requests now; try again later"],
    [504, "the service did not answer in time"],
    [505, "the edge does not know this version of HTTP"],
  ];
  return [
    "  map $status $maestro_why {",
    ...reasons.map(([status, reason]) => `    ${status} "${reason}";`),
    "    502 $maestro_why_no_answer;",
    "  }",
    "  # A buffer that is full without an end of the headers is the one mark that nginx leaves of too large ones.",
    '  map "$maestro_answer_bytes $upstream_bytes_received" $maestro_why_no_answer {',
    '    default "the service did not answer";',
    String.raw`    "~^(\d+) (?:.*[ ,])?\1$" "the service's answer has larger headers than the route takes";`,
    "  }",
  ].join("\n");
}

/** Has a server's refusals answered at `where`, or a location's. */
export function refusedAt(where: string): string[] {
  return [
    `error_page ${CODES} ${where};`,
    `error_page 494 =431 ${where};`,
    `error_page 495 496 497 =400 ${where};`,
  ];
}

/** Has what a request can still be refused for, once it has a route, answered at `where`. */
export function routedRefusedAt(where: string): string {
  return `error_page 400 408 413 429 500 502 503 504 ${where};`;
}

/** A location that says in JSON why the edge refused a request, with the status that it has already. */
export function renderRefusal(match: string, lines: readonly string[]): string[] {
  return [
    `    location ${match} {`,
    ...lines.map((line) => `      ${line}`),
    "      add_header Cache-Control no-store always;",
    "      default_type application/json;",
    '      if ($maestro_reason = "") { set $maestro_reason $maestro_why; }',
    `      return 200 '{"error":"$maestro_reason"}\\n';`,
    "    }",
  ];
}
