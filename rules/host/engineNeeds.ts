import type { ServiceSettings } from "../../release/release";

/** Oldest Docker Engine API that the program is used with: Docker 20.10. */
export const MIN_API_VERSION = "1.41";

/** What a host's Docker Engine says of itself. */
export interface EngineFacts {
  /** `1.47` */
  readonly apiVersion: string;
  readonly processors: number;
  /** What messages call the host. */
  readonly host: string;
}

/** Service -> what it wants of the host. */
interface NeedyServices {
  readonly services: Readonly<Record<string, Pick<ServiceSettings, "resources">>>;
}

/** What a host's engine cannot do for a release, one line each: it would only say so in the middle of an update. */
export function findEngineProblems(
  { apiVersion, processors, host }: EngineFacts,
  { services }: NeedyServices,
): string[] {
  const tooOld = isOlder(apiVersion, MIN_API_VERSION)
    ? [
        `docker: the engine's API on ${host} is too old, got ${apiVersion}; ${MIN_API_VERSION} (Docker 20.10) or newer is needed`,
      ]
    : [];
  const tooMany = Object.entries(services)
    .filter(([, { resources }]) => Number(resources.cpus) > processors)
    .map(
      ([name, { resources }]) =>
        `services.${name}.resources.cpus: is more than the ${processors} processors of ${host}, got "${resources.cpus}"; lower it`,
    );
  return [...tooOld, ...tooMany];
}

function isOlder(version: string, than: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [minMajor = 0, minMinor = 0] = than.split(".").map(Number);
  return major < minMajor || (major === minMajor && minor < minMinor);
}
