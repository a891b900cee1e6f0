import { failureOf } from "../../host/ask";
import { HostError, type Host } from "../../host/host";
import type { Color, ReleaseRecord, ServiceRelease } from "../../release/release";

/** Path at the edge that a service answers for certain, and whether the answer must be a 2xx. */
function pathThroughEdge({ route, health }: ServiceRelease): { path: string; strict: boolean } {
  if (route.stripPrefix) return { path: route.path + health.livePath.slice(1), strict: true };
  return health.livePath.startsWith(route.path)
    ? { path: health.livePath, strict: true }
    : { path: route.path, strict: false };
}

/**
 * Asks every service the way users do, and compares which set answered.
 *
 * @throws HostError when the host cannot be reached.
 * @returns what is wrong, a sentence a service; empty: all services answered from `color`.
 */
export async function askServices(
  host: Pick<Host, "ask">,
  baseUrl: string,
  color: Color,
  record: ReleaseRecord,
): Promise<string[]> {
  const wrongs = await Promise.all(
    Object.entries(record.services).map(async ([service, settings]) => {
      const { path, strict } = pathThroughEdge(settings);
      const headers = settings.route.host ? { host: settings.route.host } : {};
      try {
        const answer = await host.ask(baseUrl + path, { headers });
        const set = answer.headers["x-maestro-set"];
        if (set !== color)
          return `${service}: ${path} was answered by ${String(set)}, not ${color}`;
        const failed = strict ? answer.status < 200 || answer.status > 299 : answer.status > 499;
        return failed ? `${service}: ${path} gave status ${answer.status}` : null;
      } catch (error) {
        if (error instanceof HostError) throw error;
        return `${service}: ${path} gave ${failureOf(error)}`;
      }
    }),
  );
  return wrongs.filter((wrong) => wrong !== null);
}
