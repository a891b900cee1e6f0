import type { EdgeOptions } from "./edgeOptions";
import type { Color, RouteSettings } from "../../release/release";

/**
 * Largest headers of an answer, in kilobytes, as AWS's Application Load Balancer has it ("entire response header: 32 K").
 * nginx's own 4 kB are less than what some frameworks put into one cookie.
 */
export const MAX_ANSWER_HEADER_KILOBYTES = 32;

/** Zones in which a route's limits count; nginx wants them outside of any server. */
export function renderLimitZones(color: Color, service: string, route: RouteSettings): string[] {
  if (route.rateLimitPerSecond === null) return [];
  return [
    `  limit_req_zone $binary_remote_addr zone=${color}-${service}:1m rate=${route.rateLimitPerSecond}r/s;`,
  ];
}

/** How much, how long and how often a route may be asked. */
export function renderLimits(color: Color, service: string, route: RouteSettings): string[] {
  return [
    `proxy_read_timeout ${route.readTimeoutSeconds}s;`,
    `proxy_send_timeout ${route.readTimeoutSeconds}s;`,
    ...(route.rateLimitPerSecond === null
      ? []
      : [`limit_req zone=${color}-${service} burst=${route.rateLimitPerSecond} nodelay;`]),
    ...renderAnswerLimit(route),
  ];
}

/**
 * How large the headers of a request may be. nginx takes the buffers when it needs them, and none for what fits 4 kB; no
 * header lies in two, so that up to half of each may stay empty.
 * Names with `_` are common in APIs, and balancers pass them; nginx alone drops them.
 */
export function renderHeaderLimits(options: EdgeOptions): string {
  const { maxHeaderLineKilobytes: line, maxHeaderKilobytes: all } = options;
  return [
    "  client_header_buffer_size 4k;",
    `  large_client_header_buffers ${Math.max(2, Math.ceil((2 * all) / line))} ${line}k;`,
    "  underscores_in_headers on;",
    ...answerBuffers(MAX_ANSWER_HEADER_KILOBYTES).map((directive) => `  ${directive}`),
  ].join("\n");
}

/** Answers are not buffered, so the first buffer is the only one; nginx wants the others to be no smaller. */
export function answerBuffers(kilobytes: number): string[] {
  return [
    `proxy_buffer_size ${kilobytes}k;`,
    `proxy_buffers 4 ${kilobytes}k;`,
    `proxy_busy_buffers_size ${kilobytes}k;`,
  ];
}

/** Variable by which the edge knows that an answer's headers were too large. */
export function answerLimit(kilobytes = MAX_ANSWER_HEADER_KILOBYTES): string {
  return `set $maestro_answer_bytes ${kilobytes * 1024};`;
}

function renderAnswerLimit({ maxAnswerHeaderKilobytes: kilobytes }: RouteSettings): string[] {
  return kilobytes === undefined ? [] : answerBuffers(kilobytes);
}

/** What a location says again that nginx inherits from none: see {@link answerLimit}. */
export function renderAnswerMark({ maxAnswerHeaderKilobytes: kilobytes }: RouteSettings): string[] {
  return kilobytes === undefined ? [] : [answerLimit(kilobytes)];
}
