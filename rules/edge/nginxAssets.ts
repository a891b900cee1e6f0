import {
  assetsPath,
  otherColor,
  type RouteSettings,
  type ServiceRelease,
} from "../../release/release";
import { renderAnswerMark } from "./nginxLimits";
import { renderForward } from "./nginxForwarding";
import { renderRefusal, routedRefusedAt } from "./nginxRefusals";
import type { SetLocations } from "./nginxSets";

/** How long the other set may take to accept a connection: one that is stopped never does. */
const CONNECT_TIMEOUT = "500ms";

/** What the other set may answer and still not be asked for: only the file itself, or a part of it, counts. */
const NOT_THE_FILE =
  "300 301 302 303 307 308 400 401 403 404 405 406 408 409 410 413 414 421 429 500 501 502 503 504";

/** A route whose assets are looked for in both sets. */
export interface AssetsRoute {
  readonly set: SetLocations;
  readonly service: string;
  readonly route: RouteSettings;
  /** The same service as the other set has it. */
  readonly other: ServiceRelease;
}

/**
 * The other set's service where a route's assets may be asked for there too; null: the route names no assets, or the other
 * set has no such service at this path.
 */
export function findAssetsRoute(
  set: SetLocations,
  service: string,
  route: RouteSettings,
): AssetsRoute | null {
  const other = set.other?.services[service];
  const isThere = other?.route.path === route.path && other.route.host === route.host;
  return route.assets !== undefined && isThere ? { set, service, route, other } : null;
}

/**
 * The location, inside a route's own, of its assets: a page of the release before still asks for its files after a switch,
 * and a page of a release that was taken back for those. nginx tells a service's own errors here from its refusals by no
 * more than the status, so the edge answers both.
 *
 * @param forward lines that hand the request on; nginx inherits none of these
 */
export function renderAssets(
  { set: { color }, service, route }: AssetsRoute,
  refusal: string,
  forward: readonly string[],
): string[] {
  return [
    `location /@${color}${assetsPath(route)} {`,
    "  proxy_intercept_errors on;",
    // What the other set answers must be looked at too.
    "  recursive_error_pages on;",
    `  error_page 404 = ${assetsName(color, service)};`,
    `  ${routedRefusedAt(refusal)}`,
    ...forward.map((line) => `  ${line}`),
    "}",
  ];
}

/**
 * The locations that ask the other set for what a set does not have, and say that none has it. A question of maestro's own
 * is about one set, so it gets no other's answer.
 *
 * @param common lines of the route
 * @param answer headers of every answer of the route
 */
export function renderOtherAssets(
  { set: { color }, service, route, other }: AssetsRoute,
  common: readonly string[],
  answer: readonly string[],
): string[] {
  const theirs = otherColor(color);
  const missing = `@missing-${color}-${service}`;
  const strips = other.route.stripPrefix && route.path !== "/";
  const lines = [
    // The set that answers is not the one that the request has come to.
    ...common.map((line) => line.replace("X-Maestro-Set $maestro_set", `X-Maestro-Set ${theirs}`)),
    "recursive_error_pages on;",
    "proxy_intercept_errors on;",
    `proxy_connect_timeout ${CONNECT_TIMEOUT};`,
    `error_page ${NOT_THE_FILE} =404 ${missing};`,
    `set $maestro_service ${service};`,
    'set $maestro_asks "$request_method:$maestro_probe";',
    'if ($maestro_asks !~ "^(?:GET|HEAD):false$") { return 404; }',
    ...renderAnswerMark(route),
    ...renderForward(`${theirs}-${service}`, strips ? route.path : null),
  ];
  return [
    `    location ${assetsName(color, service)} {`,
    ...lines.map((line) => `      ${line}`),
    "    }",
    ...renderRefusal(missing, [...answer, `set $maestro_service ${service};`]),
  ];
}

function assetsName(color: string, service: string): string {
  return `@assets-${color}-${service}`;
}
