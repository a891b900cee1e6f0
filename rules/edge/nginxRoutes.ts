import { findAssetsRoute, renderAssets, renderOtherAssets } from "./nginxAssets";
import { renderCors, renderCorsHeaders, renderCorsMaps } from "./nginxCors";
import { renderForward } from "./nginxForwarding";
import { renderAnswerMark, renderLimits, renderLimitZones } from "./nginxLimits";
import { renderProbes } from "./nginxProbes";
import { renderRefusal, routedRefusedAt } from "./nginxRefusals";
import { servicesOf, type SetLocations } from "./nginxSets";
import { refuseIfSent, renderOnce, renderShare, renderStreamed } from "./nginxSharing";
import { otherReplica } from "./nginxUpstreams";
import type { Color, ReleaseRecord, ServiceRelease } from "../../release/release";

/** What all routes of a set need outside of any server. */
export function renderRouteMaps(color: Color, record: ReleaseRecord | null): string[] {
  return servicesOf(record).flatMap(([service, { route }]) => [
    ...renderCorsMaps(color, service, route),
    ...renderLimitZones(color, service, route),
  ]);
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

function renderRoute(
  set: SetLocations,
  service: string,
  { route, replicas }: ServiceRelease,
): string[] {
  const { color, answer } = set;
  const inside = `/@${color}${route.path}`;
  const upstream = `${color}-${service}`;
  const refusal = `@refused-${upstream}`;
  const again = `@again-${upstream}`;
  const strips = route.stripPrefix && route.path !== "/";
  const settings = [
    ...renderLimits(color, service, route),
    ...renderShare(route, set.options),
    ...renderCors(color, service, route, answer),
  ];
  const common = [...answer, routedRefusedAt(refusal), ...settings];
  const forward = (to: string) => [
    `set $maestro_service ${service};`,
    ...renderAnswerMark(route),
    ...renderForward(to, strips ? route.path : null),
  ];
  const withoutSlash = [...answer, `return 308 ${route.path}$is_args$args;`];
  const own = [...answer, ...renderCorsHeaders(color, service, route)];
  const assets = findAssetsRoute(set, service, route);
  return [
    ...(strips ? location(`= ${inside.slice(0, -1)}`, withoutSlash) : []),
    ...location(`^~ ${inside}`, [
      ...common,
      ...forward(upstream),
      ...renderStreamed(route, forward(upstream)),
      ...(replicas > 1 ? renderOnce(again, routedRefusedAt(refusal), forward(upstream)) : []),
      ...(assets ? renderAssets(assets, refusal, forward(upstream)) : []),
    ]),
    ...(assets ? renderOtherAssets(assets, [...answer, ...settings], own) : []),
    ...(replicas > 1
      ? location(again, [...common, ...refuseIfSent(), ...forward(otherReplica(color, service))])
      : []),
    ...renderRefusal(refusal, [...own, `set $maestro_service ${service};`]),
  ];
}

function location(match: string, lines: readonly string[]): string[] {
  return [`    location ${match} {`, ...lines.map((line) => `      ${line}`), "    }"];
}
