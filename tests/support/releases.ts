import { assignSlots } from "../../release/addresses";
import {
  createRelease,
  type Release,
  type ReleaseRecord,
  type ServiceRelease,
} from "../../release/release";

/** A digest that tells its version: 1 -> `sha256:000…01`. */
export function digestOf(version: number): string {
  return `sha256:${version.toString(16).padStart(64, "0")}`;
}

/** A service's release with plain settings; `overrides` replace whole fields. */
export function serviceRelease(
  options: { version?: number; overrides?: Partial<ServiceRelease>; name?: string } = {},
): ServiceRelease {
  const { version = 1, overrides = {}, name = "web" } = options;
  return {
    repository: `localhost:5000/maestro/${name}`,
    digest: digestOf(version),
    port: 8000,
    replicas: 1,
    command: null,
    user: "10001:10001",
    env: {},
    secrets: [],
    migration: null,
    dependsOn: [],
    health: {
      livePath: "/health",
      readyPath: "/ready",
      passes: 2,
      intervalMilliseconds: 100,
      deadlineSeconds: 30,
    },
    route: {
      path: `/${name}/`,
      host: null,
      stripPrefix: true,
      maxBodyMegabytes: 10,
      readTimeoutSeconds: 60,
      rateLimitPerSecond: null,
      corsOrigins: [],
    },
    resources: { memoryMegabytes: 256, cpus: "1", pids: 256 },
    stopGraceSeconds: 10,
    scratchPaths: ["/tmp"],
    ...overrides,
  };
}

const releases = new Map<string, Release>();

/** A release of the given services, each at the given version. A model asks for few of them very often. */
export function modelRelease(versions: Readonly<Record<string, number>>): Release {
  const key = JSON.stringify(versions);
  const known = releases.get(key);
  if (known) return known;
  const services = Object.entries(versions).map(([service, version]) => [
    service,
    serviceRelease({ version }),
  ]);
  const release = createRelease(Object.fromEntries(services) as Release["services"]);
  releases.set(key, release);
  return release;
}

/** A release as placed on an empty host. */
export function placedRelease(release: Release): ReleaseRecord {
  const slots = assignSlots(Object.keys(release.services), { blue: null, green: null }, "blue");
  return { ...release, slots, generation: 1 };
}
