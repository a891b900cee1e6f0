import { createHash } from "node:crypto";

/** The two container sets. One is active (serves users), the other idle. */
export type Color = "blue" | "green";

export const COLORS: readonly Color[] = ["blue", "green"];

/** The set that is not `color`. */
export function otherColor(color: Color): Color {
  return color === "blue" ? "green" : "blue";
}

/** How a container proves that it can take traffic. */
export interface HealthCheckSettings {
  /** Path that answers 2xx while the process is alive, asked on the container's own port. */
  readonly livePath: string;
  /** Path that answers 2xx once everything the service depends on is there; the gate asks this one. */
  readonly readyPath: string;
  /** Passes in a row that count as healthy. */
  readonly passes: number;
  /** Pause between two probes, in milliseconds. */
  readonly intervalMilliseconds: number;
  /** How long a new container may take to become ready, in seconds. */
  readonly deadlineSeconds: number;
  /** Host name that probes ask with; left out: the route's, else the edge's public one. */
  readonly host?: string;
  /** Scheme that probes say they came by; left out: https where the edge has TLS, else http. */
  readonly scheme?: "http" | "https";
}

/** How requests reach a service. */
export interface RouteSettings {
  /** Path prefix that starts and ends with "/". */
  readonly path: string;
  /** Host name the route is limited to; null: every host. */
  readonly host: string | null;
  /** Whether the prefix is removed before the request goes on: `/<service>/health` reaches `/health`. */
  readonly stripPrefix: boolean;
  /** Largest request body, in megabytes. */
  readonly maxBodyMegabytes: number;
  /** Longest silence of the service during an answer, in seconds. */
  readonly readTimeoutSeconds: number;
  /** Requests per second and client address; null: no limit. */
  readonly rateLimitPerSecond: number | null;
  /** Origins that may call from a browser; empty: no CORS headers. `["*"]`: every origin. */
  readonly corsOrigins: readonly string[];
  /** Largest headers of an answer, in kilobytes; left out: the edge's default. */
  readonly maxAnswerHeaderKilobytes?: number;
  /** Requests that may be under way at once; left out: the edge's default. */
  readonly maxConcurrentRequests?: number;
  /** Path below the route's own whose files the other set is asked for where this one has none; left out: none. */
  readonly assets?: string;
}

/** Where users ask for a route's assets: `/web/assets/`; undefined: it names none. */
export function assetsPath({ path, assets }: RouteSettings): string | undefined {
  return assets === undefined ? undefined : path + assets.slice(1);
}

/** What of an image's configuration changes how its containers are made. It follows from the digest, and so never changes. */
export interface ImageDeclaration {
  /** Paths that it declares as volumes (`VOLUME`); left out: none. */
  readonly volumes?: readonly string[];
  /** Whether it has a `HEALTHCHECK`; left out: it has none. */
  readonly healthcheck?: true;
}

/** Service -> what its image declares; services whose image declares nothing of the kind are left out. */
export type ImageDeclarations = Readonly<Record<string, ImageDeclaration>>;

/** What one container may use. */
export interface ResourceSettings {
  readonly memoryMegabytes: number;
  /** Processors, in fractions: "0.5". */
  readonly cpus: string;
  readonly pids: number;
}

/** A secret a service wants, as a file: its name; or with the value in a plain environment variable too. */
export type SecretUse = string | { readonly name: string; readonly environment: true };

/** A writable path in memory; the text alone: of the usual size. */
export type ScratchPath = string | { readonly path: string; readonly megabytes: number };

/** Everything that shapes a service's containers and its route, with all defaults filled in. */
export interface ServiceSettings {
  /** Image repository without tag or digest: `localhost:5000/maestro/quality-fabric`. */
  readonly repository: string;
  /** Port the process listens on inside its container. */
  readonly port: number;
  readonly replicas: number;
  /** Replaces the image's command; null: the image's own. */
  readonly command: readonly string[] | null;
  /** User the process runs as, `uid` or `uid:gid`, never root. */
  readonly user: string;
  readonly env: Readonly<Record<string, string>>;
  /** Secrets the service wants, delivered as files. */
  readonly secrets: readonly SecretUse[];
  /** Command that migrates the service's database; null: no database. */
  readonly migration: readonly string[] | null;
  readonly health: HealthCheckSettings;
  readonly route: RouteSettings;
  readonly resources: ResourceSettings;
  /** Time between SIGTERM and SIGKILL, in seconds; at least the drain time. */
  readonly stopGraceSeconds: number;
  /** Paths inside the container that are writable scratch space (tmpfs). */
  readonly scratchPaths: readonly ScratchPath[];
  /** Volumes that the image declares are on the host's disk, as Docker has them; left out: scratch space in memory. */
  readonly imageVolumes?: "disk";
  /** Its traces are kept, as those of this stack; left out: nobody keeps them. */
  readonly traces?: { readonly stack: string };
  /** Services of the same set whose containers are started first; only the order, routing does not depend on it. */
  readonly dependsOn: readonly string[];
}

/** One service of a release: which image, run how. */
export interface ServiceRelease extends ServiceSettings {
  /** Image digest, `sha256:` and 64 hex digits. */
  readonly digest: string;
  /** Version of the service's secrets; left out by a service without any. Another version is another release. */
  readonly secretVersion?: string;
}

/** A release as asked for: service name -> image digest and settings. Its id is the hash of all of that. */
export interface Release {
  /** 12 hex digits out of the SHA-256 over the services. */
  readonly id: string;
  readonly services: Readonly<Record<string, ServiceRelease>>;
}

/** Service -> file of the project with the list of its image's parts, and the file's SHA-256 in hex. */
export type KeptSboms = Readonly<
  Record<string, { readonly file: string; readonly sha256: string }>
>;

/** A release as placed on a set: with the address slot each service holds there. */
export interface ReleaseRecord extends Release {
  /** Service name -> slot number; the slot fixes the addresses, so a replaced container needs no reload. */
  readonly slots: Readonly<Record<string, number>>;
  /**
   * Changes when the set is made from nothing: after an update that failed or was killed, nobody knows which of its
   * containers the state still names rightly; and where no plugin would see a difference. A label carries it, so that
   * the engine replaces them all.
   */
  readonly generation: number;
  /** Service -> its own generation, where it was restarted without the others; left out: none was. */
  readonly generations?: Readonly<Record<string, number>>;
  /**
   * Release that served when this one was placed to restart it: the same one, or one with older secrets. No part of the
   * id. Left out: it was placed for something else.
   */
  readonly restartOf?: string;
  /**
   * Service -> role it logs in as in the stack's own database server, in place of the one that its DATABASE_URL names.
   * Left out where a service has none, or goes on under the name in its address.
   */
  readonly logins?: Readonly<Record<string, string>>;
  /**
   * What the services' images declare, where they declare something. No part of the id: it follows from the digests.
   * A set that was placed by a version that did not ask has none, and keeps what Docker gave its containers.
   */
  readonly declared?: ImageDeclarations;
  /**
   * Weight of the processor, of 1024, that its containers start with, so that those that serve go on as before; their gate
   * gives them all of it. No part of the id. Left out: they start with all of it.
   */
  readonly startShares?: number;
  /** What its images are made of. No part of the id. Left out: no gate asks for it. */
  readonly sboms?: KeptSboms;
}

/** JSON with sorted keys, so that equal values have equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/** Names a release by its content: the same digests and settings always give the same id. */
export function createRelease(services: Readonly<Record<string, ServiceRelease>>): Release {
  const hash = createHash("sha256").update(canonicalJson(services)).digest("hex");
  return { id: idFrom(hash), services };
}

/** Begins with a letter: YAML reads `123e45678901` as a number. */
function idFrom(hash: string): string {
  return "abcdef".charAt(parseInt(hash.charAt(0), 16) % 6) + hash.slice(1, 12);
}

/** Service name -> image digest. */
export function digestsOf(release: Release): Record<string, string> {
  return Object.fromEntries(
    Object.entries(release.services).map(([name, service]) => [name, service.digest]),
  );
}
