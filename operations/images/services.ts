import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { ParsedSite } from "../../config/schemas/site";

/** A service whose image can be built. */
export interface ServiceSource {
  readonly name: string;
  /** Directory whose files make the image what it is. */
  readonly directory: string;
  /** Directory that the Dockerfile may copy from. */
  readonly context: string;
  /** Its own Dockerfile, else the one that all services share. */
  readonly dockerfile: string;
  /** Directory whose commit the image is of. */
  readonly origin: string;
  /** Beside those that every build gets. */
  readonly buildArguments: Readonly<Record<string, string>>;
  /** Stage to build; undefined: the last one. */
  readonly target?: string | undefined;
  /** `linux/amd64`; undefined: the engine's own. */
  readonly platform?: string | undefined;
  /** Largest size in the registry, in millions of bytes; undefined: any. */
  readonly maximumMegabytes?: number | undefined;
  /** BuildKit secret -> `src=<file>` or `env=<variable>`, beside those that every build gets. */
  readonly secrets: Readonly<Record<string, string>>;
  /** The files of a static site, whose Dockerfile is maestro's own; undefined: it is none. */
  readonly site?: ParsedSite;
}

/** A service that shares a Dockerfile takes its directory from the one above, so that one is the context. */
export function sharesDockerfile({ context, directory }: ServiceSource): boolean {
  return context !== directory;
}

/** A base image that maestro makes, and the build argument that names it. */
export interface ServiceBase {
  readonly image: "python" | "nginx";
  readonly argument: "PYTHON_IMAGE" | "NGINX_IMAGE";
}

/** The base image of maestro's that a service is built on; null: its Dockerfile names another one. */
export function baseOf(service: ServiceSource): ServiceBase | null {
  if (service.site) return { image: "nginx", argument: "NGINX_IMAGE" };
  const wantsPython =
    sharesDockerfile(service) || readFileSync(service.dockerfile, "utf8").includes("PYTHON_IMAGE");
  return wantsPython ? { image: "python", argument: "PYTHON_IMAGE" } : null;
}

/** File that says which of the context's files never reach a build, by BuildKit's rules; need not exist. */
export function ignoreFileOf({ context, dockerfile }: ServiceSource): string {
  const own = `${dockerfile}.dockerignore`;
  return existsSync(own) ? own : path.join(context, ".dockerignore");
}

/**
 * Finds the services in a directory: one directory each. With a Dockerfile of its own a service's directory is its
 * build's context; those without share the Dockerfile in `source`, whose context is `source`.
 */
export function findServices(source: string, wanted: readonly string[] = []): ServiceSource[] {
  if (!existsSync(source)) throw new Error(`--source: no such directory, got "${source}"`);
  const services = readdirSync(source, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && /^[a-z0-9]/.test(entry.name))
    .map((entry) => serviceIn(source, entry.name))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return selectServices(services, wanted, source);
}

/** Those of some services that are asked for, or all. `place` is where they were looked for. */
export function selectServices(
  services: readonly ServiceSource[],
  wanted: readonly string[],
  place: string,
): ServiceSource[] {
  const names = services.map(({ name }) => name);
  const unknown = wanted.filter((name) => !names.includes(name));
  if (unknown.length > 0 || names.length === 0) {
    throw new Error(
      `--service: not in ${place}, got ${unknown.join(", ") || "none"}; there are ${names.join(", ") || "no services"}`,
    );
  }
  return services.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
}

function serviceIn(source: string, name: string): ServiceSource {
  const directory = path.join(source, name);
  const own = path.join(directory, "Dockerfile");
  const isOwn = existsSync(own);
  return {
    name,
    directory,
    context: isOwn ? directory : source,
    dockerfile: isOwn ? own : path.join(source, "Dockerfile"),
    origin: source,
    buildArguments: {},
    secrets: {},
  };
}
