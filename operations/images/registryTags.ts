import type { RegistryLogin } from "../../registry/ecrLogin";
import { MANIFEST_TYPES, type Repository } from "../../registry/registryApi";
import { registryUrl } from "../../toolchain/setup/registry";

const TIMEOUT_MILLISECONDS = 5000;

/** `localhost:5000/maestro/quality-fabric:tag`. */
export function referenceOf(repository: Repository, tag: string): string {
  return `${repository.address}/${repository.path}:${tag}`;
}

/** Digest that a tag names; undefined where the registry has no such tag or asks for a login. */
export async function findDigest(
  repository: Repository,
  tag: string,
  login: RegistryLogin | null = null,
): Promise<string | undefined> {
  const response = await request(repository, tag, "HEAD", login);
  return response.ok ? (response.headers.get("docker-content-digest") ?? undefined) : undefined;
}

/** Gives an image that the registry has under one tag a second one. */
export async function copyTag(
  repository: Repository,
  from: string,
  to: string,
  login: RegistryLogin | null = null,
): Promise<void> {
  const manifest = await request(repository, from, "GET", login);
  const type = manifest.headers.get("content-type") ?? MANIFEST_TYPES[0] ?? "";
  const body = await manifest.text();
  const answer = await request(repository, to, "PUT", login, { body, type });
  if (!manifest.ok || !answer.ok) {
    throw new Error(
      `${referenceOf(repository, to)}: cannot be tagged, the registry answered ${answer.status}`,
    );
  }
}

async function request(
  { address, path }: Repository,
  tag: string,
  method: "GET" | "HEAD" | "PUT",
  login: RegistryLogin | null,
  upload?: { body: string; type: string },
): Promise<Response> {
  return fetch(`${registryUrl(address)}${path}/manifests/${tag}`, {
    method,
    headers: {
      ...(upload ? { "Content-Type": upload.type } : { Accept: MANIFEST_TYPES.join(", ") }),
      ...(login && {
        Authorization: `Basic ${Buffer.from(`${login.username}:${login.password}`).toString("base64")}`,
      }),
    },
    signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
    ...(upload && { body: upload.body }),
  });
}
