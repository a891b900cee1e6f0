/** A repository in a registry: `localhost:5000` and `maestro/quality-fabric`. */
export interface Repository {
  readonly address: string;
  readonly path: string;
}

/** Where Docker Hub's API answers; nobody writes this address. */
const HUB_API = "registry-1.docker.io";
/** Docker Hub as image references may name it. */
const HUB_NAMES: readonly string[] = ["docker.io", "index.docker.io", HUB_API];
/** Docker Hub as Docker's own configuration names it. */
const HUB_LOGIN = "https://index.docker.io/v1/";

/** Registry of an image reference as Docker's own configuration names it. */
export function registryOf(reference: string): string {
  const host = hostOf(reference);
  return host === null || HUB_NAMES.includes(host) ? HUB_LOGIN : host;
}

/** The name under which Docker's configuration keeps the login for an address that {@link repositoryOf} gives. */
export function loginName(address: string): string {
  return address === HUB_API ? HUB_LOGIN : address;
}

/** `localhost:5000/maestro/web` in its two parts, Docker Hub's short names spelled out; tag and digest are left out. */
export function repositoryOf(reference: string): Repository {
  const host = hostOf(reference);
  const rest = host === null ? reference : reference.slice(host.length + 1);
  const path = rest.replace(/@.*$/, "").replace(/:[^/]*$/, "");
  if (host !== null && !HUB_NAMES.includes(host)) return { address: host, path };
  return { address: HUB_API, path: path.includes("/") ? path : `library/${path}` };
}

/** `localhost:5000/maestro/quality-fabric:tag`. */
export function referenceOf({ address, path }: Repository, tag: string): string {
  return `${address}/${path}:${tag}`;
}

/** Engines talk plain HTTP to registries on loopback, and only there. */
export function isLoopback(address: string): boolean {
  return /^(localhost|127\.[\d.]+)(:\d+)?$/.test(address);
}

/** Address of a registry's API. */
export function registryUrl(address: string): string {
  return `${isLoopback(address) ? "http" : "https"}://${address}/v2/`;
}

/** A reference's host, told from a path's first part as Docker tells it; null: Docker Hub's short form. */
function hostOf(reference: string): string | null {
  const [first = "", ...rest] = reference.split("/");
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === "localhost");
  return isHost ? first : null;
}
