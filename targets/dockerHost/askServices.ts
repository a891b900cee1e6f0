import { failureOf } from "../../host/ask";
import type { Answer } from "../../rules/host/asking";
import { type Host } from "../../host/host";
import { HostError } from "../../rules/host/asking";
import { PROBE_HEADER, probePath } from "../../rules/edge/edgeLayout";
import type { Color, ReleaseRecord, ServiceRelease } from "../../release/release";
import { describeAnswer, isWell } from "../../rules/edge/healthAnswer";
import type { SmokeRequest } from "../../rules/health/smokeTest";
import type { Part, PartReply } from "../hands";

/** How long a request of a smoke test may take. */
const REQUEST_TIMEOUT_MILLISECONDS = 30_000;

/** Where services are asked, and as whose users. */
export interface Asking {
  /** The edge, as users reach it or with the idle set. */
  readonly url: string;
  /** The edge's preview port, where each replica can be asked by itself; left out: it cannot. */
  readonly previewUrl?: string;
  /** Host name in the stack's `url`, for services without one of their own; left out: the address asked. */
  readonly publicHost?: string;
}

/** Path at the edge that a service answers for certain, and whether the answer must be a 2xx. */
function pathThroughEdge({ route, health }: ServiceRelease): { path: string; strict: boolean } {
  if (route.stripPrefix) return { path: route.path + health.livePath.slice(1), strict: true };
  return health.livePath.startsWith(route.path)
    ? { path: health.livePath, strict: true }
    : { path: route.path, strict: false };
}

/** Host name that brings a request of a user to this service; undefined: the address that is asked. */
function hostOf(record: ReleaseRecord, service: string, asking: Asking): string | undefined {
  const { route, health } = record.services[service]!;
  if (route.host) return route.host;
  const host = health.host ?? asking.publicHost;
  const isAnothers = Object.values(record.services).some(
    (other) => other.route.host === host && other.route.path === route.path,
  );
  return isAnothers ? undefined : host;
}

/**
 * Asks services the way users do, and compares which set answered.
 *
 * @param services which ones. @default - all
 * @throws HostError when the host cannot be reached.
 * @returns what is wrong, a sentence a service; empty: all services answered from `color`.
 */
export async function askServices(
  host: Pick<Host, "ask">,
  asking: Asking,
  color: Color,
  record: ReleaseRecord,
  services: readonly string[] = Object.keys(record.services),
): Promise<string[]> {
  const wrongs = await Promise.all(
    services.map((service) =>
      askService(host, asking, color, record, service).catch((error: unknown) => {
        if (error instanceof HostError) throw error;
        const { path } = pathThroughEdge(record.services[service]!);
        return `${service}: ${path} gave ${failureOf(error)}`;
      }),
    ),
  );
  return wrongs.filter((wrong) => wrong !== null);
}

async function askService(
  host: Pick<Host, "ask">,
  asking: Asking,
  color: Color,
  record: ReleaseRecord,
  service: string,
): Promise<string | null> {
  const { path, strict } = pathThroughEdge(record.services[service]!);
  const name = hostOf(record, service, asking);
  const headers = { [PROBE_HEADER]: "1", ...(name ? { host: name } : {}) };
  const answer = await host.ask(asking.url + path, { headers });
  const set = answer.headers["x-maestro-set"];
  if (set !== color) return `${service}: ${path} was answered by ${String(set)}, not ${color}`;
  if (strict ? isWell(answer) : answer.status < 500) return null;
  if (isSentToHttps(answer) && asking.previewUrl) {
    return askReplicas(host, asking.previewUrl, color, record, service);
  }
  return `${service}: ${path} gave ${describeAnswer(answer, name && `http://${name}`)}`;
}

/** These questions come by http, and some services send such users to https, whatever they ask. */
function isSentToHttps({ status, headers }: Answer): boolean {
  return status >= 301 && status <= 308 && (headers.location ?? "").startsWith("https://");
}

/** The edge has shown the right set; whether that is well, its probes tell, which ask as users that came by https. */
async function askReplicas(
  host: Pick<Host, "ask">,
  previewUrl: string,
  color: Color,
  record: ReleaseRecord,
  service: string,
): Promise<string | null> {
  const { replicas, health } = record.services[service]!;
  for (let replica = 0; replica < replicas; replica += 1) {
    const answer = await host.ask(previewUrl + probePath(color, service, replica, "live"));
    if (!isWell(answer)) return `${service}: ${health.livePath} gave ${describeAnswer(answer)}`;
  }
  return null;
}

/** Asks one replica whether it is ready. */
export async function askPart(
  host: Pick<Host, "ask">,
  previewUrl: string,
  color: Color,
  { service, replica }: Part,
): Promise<PartReply> {
  const start = performance.now();
  const answer = await host
    .ask(previewUrl + probePath(color, service, replica, "ready"))
    .catch((error: unknown) => {
      if (error instanceof HostError) throw error;
      return failureOf(error);
    });
  return { answer, milliseconds: performance.now() - start };
}

/** Sends one request as a user of the service does, except that it counts as a question of maestro's own. */
export function sendRequest(
  host: Pick<Host, "ask">,
  asking: Asking,
  record: ReleaseRecord,
  service: string,
  { method, path, headers, body, bounds }: SmokeRequest,
): Promise<Answer> {
  const name = hostOf(record, service, asking);
  return host.ask(asking.url + path, {
    method,
    headers: { [PROBE_HEADER]: "1", ...(name ? { host: name } : {}), ...headers },
    ...(body === null ? {} : { body }),
    timeoutMilliseconds: REQUEST_TIMEOUT_MILLISECONDS,
    ...bounds,
  });
}
