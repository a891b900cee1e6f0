import type { Color, RouteSettings } from "./release";

/** Largest bodies that are read whole before a service sees them: the edge's scratch space holds 64 MB in all. */
const MAX_BUFFERED_MEGABYTES = 10;

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
    `client_max_body_size ${route.maxBodyMegabytes}m;`,
    ...(route.maxBodyMegabytes > MAX_BUFFERED_MEGABYTES ? ["proxy_request_buffering off;"] : []),
    `proxy_read_timeout ${route.readTimeoutSeconds}s;`,
    `proxy_send_timeout ${route.readTimeoutSeconds}s;`,
    ...(route.rateLimitPerSecond === null
      ? []
      : [`limit_req zone=${color}-${service} burst=${route.rateLimitPerSecond} nodelay;`]),
  ];
}
