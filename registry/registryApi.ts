import { setTimeout as sleep } from "node:timers/promises";
import { RegistryError, type RegistryLogin } from "./ecrLogin";

const TIMEOUT_MILLISECONDS = 10_000;
/** A throttled or briefly absent registry is asked again; about eight seconds in all. */
const ATTEMPTS = 5;
const FIRST_PAUSE_MILLISECONDS = 500;

/** What a digest can name: an image, or a list of images for several platforms. */
export const MANIFEST_TYPES = [
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.index.v1+json",
];

/** A repository in a registry: `localhost:5000` and `maestro/quality-fabric`. */
export interface Repository {
  readonly address: string;
  readonly path: string;
}

/** What a registry holds under a tag or digest. */
export interface Manifest {
  readonly type: string;
  readonly body: string;
}

/** `amd64` and `linux`. */
export interface Platform {
  readonly architecture: string;
  readonly os: string;
}

/** A manifest, or null where the registry has none of that tag or digest. */
export async function readManifest(
  repository: Repository,
  reference: string,
  login: RegistryLogin | null,
): Promise<Manifest | null> {
  const response = await request(repository, `manifests/${reference}`, login, {
    headers: { Accept: MANIFEST_TYPES.join(", ") },
  });
  if (response.status === 404) return null;
  const type = response.headers.get("content-type") ?? "";
  return { type, body: await response.text() };
}

/** Gives an image a further tag. A tag that may not move, and names another image already, is an error. */
export async function writeTag(
  repository: Repository,
  tag: string,
  manifest: Manifest,
  login: RegistryLogin | null,
): Promise<void> {
  const answer = await request(repository, `manifests/${tag}`, login, {
    method: "PUT",
    headers: { "Content-Type": manifest.type },
    body: manifest.body,
  });
  if (answer.status === 404) throw new RegistryError(`${nameOf(repository)}: no such repository`);
}

/** The platforms an image can run on. An image of one platform says it in its configuration. */
export async function readPlatforms(
  repository: Repository,
  { body }: Manifest,
  login: RegistryLogin | null,
): Promise<Platform[]> {
  const manifest = JSON.parse(body) as {
    manifests?: { platform?: Platform }[];
    config?: { digest: string };
  };
  if (manifest.manifests) return manifest.manifests.flatMap(({ platform }) => platform ?? []);
  const answer = await request(repository, `blobs/${manifest.config?.digest ?? ""}`, login, {});
  const { architecture = "", os = "" } = (await answer.json()) as Partial<Platform>;
  return [{ architecture, os }];
}

async function request(
  repository: Repository,
  what: string,
  login: RegistryLogin | null,
  options: RequestInit,
): Promise<Response> {
  const url = `${registryUrl(repository.address)}${repository.path}/${what}`;
  let authorization = login && basic(login);
  let failure = "";
  for (let attempt = 0, pause = FIRST_PAUSE_MILLISECONDS; attempt < ATTEMPTS; attempt += 1) {
    if (attempt > 0) await sleep(pause * 2 ** (attempt - 1));
    try {
      const headers = {
        ...options.headers,
        ...(authorization && { Authorization: authorization }),
      };
      const signal = AbortSignal.timeout(TIMEOUT_MILLISECONDS);
      const response = await fetch(url, { ...options, headers, signal });
      if (response.ok || response.status === 404) return response;
      const bearer = response.status === 401 ? await bearerToken(response, login) : null;
      failure = await describeRefusal(response);
      if (bearer !== null && bearer !== authorization) authorization = bearer;
      else if (![408, 429].includes(response.status) && response.status < 500) break;
    } catch (error) {
      const { cause, message } = error as Error & { cause?: { code?: string } };
      failure = `it cannot be reached (${cause?.code ?? message})`;
    }
  }
  throw new RegistryError(
    `registry ${repository.address}: ${failure}; asked for ${repository.path}`,
  );
}

function basic({ username, password }: RegistryLogin): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

/** Docker Hub and others send to a second server for a token; null: this registry does not. */
async function bearerToken(
  response: Response,
  login: RegistryLogin | null,
): Promise<string | null> {
  const challenge = response.headers.get("www-authenticate") ?? "";
  const parameter = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(challenge)?.[1] ?? "";
  const realm = /^Bearer /i.test(challenge) ? parameter("realm") : "";
  if (!/^https?:/.test(realm)) return null;
  const url = new URL(realm);
  url.searchParams.set("service", parameter("service"));
  url.searchParams.set("scope", parameter("scope"));
  const headers: Record<string, string> = login ? { Authorization: basic(login) } : {};
  const answer = await fetch(url, { headers, signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS) });
  const { token, access_token } = (await answer.json()) as {
    token?: string;
    access_token?: string;
  };
  return answer.ok ? `Bearer ${token ?? access_token ?? ""}` : null;
}

async function describeRefusal(response: Response): Promise<string> {
  const text = (await response.text()).slice(0, 300);
  if (response.status === 401 || response.status === 403) {
    return `it refuses the login with ${response.status}; log in again, or give the role the right to pull`;
  }
  if (response.status === 429)
    return "it still limits the rate of requests after several tries; wait and run it again";
  const message = /"message":\s*"([^"]*)"/.exec(text)?.[1];
  return `it answered ${response.status}${message ? `: ${message}` : ""}`;
}

function nameOf({ address, path }: Repository): string {
  return `${address}/${path}`;
}

/** Engines talk plain HTTP to registries on loopback, and only there. */
export function registryUrl(address: string): string {
  const isLoopback = /^(localhost|127\.[\d.]+)(:\d+)?$/.test(address);
  return `${isLoopback ? "http" : "https"}://${address}/v2/`;
}
