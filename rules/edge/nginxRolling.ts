import { COLORS, type Color, type ReleaseRecord, type ServiceRelease } from "../../release/release";
import { EDGE_MOUNT } from "./edgeLayout";
import { servicesOf } from "./nginxSets";
import { renderTakenSet } from "./nginxTakenSet";

/** Name of the file by which users get a service from a set, whatever they get the others from. */
export function movedMarker(color: Color, service: string): string {
  return `moved-${color}-${service}`;
}

/**
 * Which service a request is for, by the routes of the set that serves most: the longest path of the server's own host
 * first, as nginx itself finds the location later. And the set that such a request takes.
 */
export function renderRolling(
  hosts: readonly (string | null)[],
  sets: Readonly<Record<Color, ReleaseRecord | null>>,
): string[] {
  return [
    "  # While services move one after the other: which one a request is for, and whether that one has moved.",
    '  map "$maestro_active:$server_name:$uri" $maestro_routed {',
    '    default "";',
    ...COLORS.flatMap((color) =>
      hosts.flatMap((host) =>
        routesOf(sets[color], host).map(
          ({ pattern, service }) =>
            `    "~^${color}:${escape(host ?? "_")}:${pattern}" ${service};`,
        ),
      ),
    ),
    "  }",
    ...renderTakenSet(),
  ];
}

/**
 * A service takes the other set where a file says so. Which set the others take is asked once more behind that: these files
 * go right after the last move, and a request that has missed both would get a service that has stopped.
 *
 * @param active lines that find the set that serves the others.
 */
export function renderRollingSwitch(active: readonly string[]): string[] {
  return [
    ...active,
    '    set $maestro_aside "";',
    ...COLORS.map(
      (color) =>
        `    if (-f ${EDGE_MOUNT}/switch/${movedMarker(color, "$maestro_routed")}) { set $maestro_aside ${color}; }`,
    ),
    ...active,
    '    set $maestro_port_set "$server_port:$maestro_aside";',
  ];
}

/** What is routed on a server, the longest path first. */
function routesOf(record: ReleaseRecord | null, server: string | null) {
  const services = servicesOf(record);
  const own = new Set(
    services.filter(([, { route }]) => route.host === server).map(([, { route }]) => route.path),
  );
  const isHere = ({ host, path }: ServiceRelease["route"]) =>
    host === server || (host === null && !own.has(path));
  return services
    .map(([service, { route }]) => ({ service, route }))
    .filter(({ route }) => isHere(route))
    .sort((a, b) => b.route.path.length - a.route.path.length)
    .map(({ service, route: { path, stripPrefix } }) => ({
      service,
      // Without its last slash, a route that strips its prefix answers too.
      pattern: stripPrefix && path !== "/" ? `${escape(path.slice(0, -1))}(?:/|$)` : escape(path),
    }));
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
