import { createHash } from "node:crypto";
import type { ImageConfig } from "../release/imageDeclaration";
import type { ImageOrigin } from "../rules/prune/registryImages";
import { type RegistryLogin } from "./ecrLogin";
import { explainAnswer, saysAbsent } from "./registryAnswers";
import { RegistryError } from "./registryError";
import { registryUrl, type Repository } from "./reference";
import {
  fetchExchange,
  send,
  type Exchange,
  type RegistryAnswer,
  type RegistryRequest,
} from "./registrySend";
import { basic, fetchToken, parseBearerChallenge } from "./registryToken";

/** What a digest can name: an image, or a list of images for several platforms. */
const MANIFEST_TYPES = [
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.index.v1+json",
];
const ACCEPT = { Accept: MANIFEST_TYPES.join(", ") };

const TAGS_AT_ONCE = 1000;

/** What a token is for; the token of one purpose is not good for another. */
const PURPOSES: Readonly<Record<string, string>> = { PUT: "push", DELETE: "delete" };

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

/**
 * Image registries by the distribution API: with name and password, a token server's token (Docker Hub, GHCR, Harbor) or
 * neither. A registry that is overloaded or briefly away is asked again. Only its own word counts for "not there"; whatever
 * else keeps a question from being answered is a {@link RegistryError} that names the registry and its answer.
 *
 * @example
 * const client = new RegistryClient((address) => loginFor(address, settings.registry));
 * const digest = await client.findDigest(repositoryOf("ghcr.io/team/web"), "stable");
 */
export class RegistryClient {
  private readonly logins = new Map<string, Promise<RegistryLogin | null>>();
  /** Tokens that a registry's token server has given, by what they are for. */
  private readonly tokens = new Map<string, string>();

  /** @param exchange asks from somewhere else, such as the Docker host. */
  constructor(
    private readonly loginFor: (address: string) => Promise<RegistryLogin | null>,
    private readonly exchange: Exchange = fetchExchange,
  ) {}

  /** A manifest; null: the registry has none of that tag or digest. */
  async readManifest(repository: Repository, reference: string): Promise<Manifest | null> {
    const what = `manifests/${reference}`;
    const answer = await this.request(repository, what, { method: "GET", headers: ACCEPT });
    if (answer.status === 404) return null;
    return { type: answer.header("content-type") ?? "", body: answer.body };
  }

  /** Digest that a tag or digest names; null: the registry does not have it. */
  async findDigest(repository: Repository, reference: string): Promise<string | null> {
    const what = `manifests/${reference}`;
    const answer = await this.request(repository, what, { method: "HEAD", headers: ACCEPT });
    const digest = answer.header("docker-content-digest");
    if (answer.status !== 404 && digest) return digest;
    // An answer to HEAD has no body, so it cannot say why: a 404 may be a proxy's.
    const manifest = await this.readManifest(repository, reference);
    return manifest && digestOf(manifest);
  }

  /** Gives an image a further tag. A tag that may not move, and names another image already, is an error. */
  async writeTag(repository: Repository, tag: string, { type, body }: Manifest): Promise<void> {
    const headers = { "Content-Type": type };
    const what = `manifests/${tag}`;
    const answer = await this.request(repository, what, { method: "PUT", headers, body });
    if (answer.status === 404) {
      throw new RegistryError(`${repository.address}/${repository.path}: no such repository`);
    }
  }

  /** Gives an image that the registry has under one tag a second one. */
  async copyTag(repository: Repository, from: string, to: string): Promise<void> {
    const manifest = await this.readManifest(repository, from);
    if (manifest) return this.writeTag(repository, to, manifest);
    const name = `${repository.address}/${repository.path}`;
    throw new RegistryError(`${name}:${to}: cannot be tagged, ${name}:${from} is gone`);
  }

  /** All tags of a repository, in no order; none where the registry does not have it. */
  async listTags(repository: Repository): Promise<string[]> {
    const found: string[] = [];
    for (let last: string | null = ""; last !== null;) {
      const from: string = last === "" ? "" : `&last=${encodeURIComponent(last)}`;
      const what = `tags/list?n=${TAGS_AT_ONCE}${from}`;
      const answer = await this.request(repository, what, { method: "GET" });
      if (answer.status === 404) break;
      const { tags } = parse<{ tags?: string[] | null }>(repository, answer.body);
      found.push(...(tags ?? []));
      const hasMore = /rel="?next/.test(answer.header("link") ?? "");
      last = hasMore ? (tags?.at(-1) ?? null) : null;
    }
    return found;
  }

  /** Removes an image with all its tags, if it is there. The registry gives its space back when it next collects garbage. */
  async remove(repository: Repository, digest: string): Promise<void> {
    await this.request(repository, `manifests/${digest}`, { method: "DELETE" });
  }

  /** What an image says of itself. @param config digest of that */
  async readOrigin(repository: Repository, config: string): Promise<ImageOrigin> {
    return (await this.readImage(repository, config)).origin;
  }

  /** The platforms an image can run on. An image of one platform says it in its configuration. */
  async readPlatforms(repository: Repository, manifest: Manifest): Promise<Platform[]> {
    const { manifests, config } = parse<{
      manifests?: { platform?: Platform }[];
      config?: { digest: string };
    }>(repository, manifest.body);
    // What attests how an image was built stands in the list too, as if it were one of its own.
    if (manifests) {
      const platforms = manifests.flatMap(({ platform }) => platform ?? []);
      return platforms.filter(({ os, architecture }) => `${os}/${architecture}` !== UNKNOWN);
    }
    return [(await this.readImage(repository, config?.digest)).platform];
  }

  /** What an image says of its containers; of several platforms, the image for this one. */
  async readConfig(
    repository: Repository,
    reference: string,
    platform: Platform,
  ): Promise<ImageConfig> {
    const manifest = await this.readManifest(repository, reference);
    const { manifests, config } = parse<{
      manifests?: { digest: string; platform?: Platform }[];
      config?: { digest: string };
    }>(repository, manifest?.body ?? "{}");
    const fitting = manifests?.find(
      ({ platform: its }) => its?.os === platform.os && its.architecture === platform.architecture,
    );
    return fitting
      ? this.readConfig(repository, fitting.digest, platform)
      : (await this.readImage(repository, config?.digest)).config;
  }

  private async readImage(repository: Repository, digest: string | undefined) {
    const answer = await this.request(repository, `blobs/${digest ?? ""}`, { method: "GET" });
    if (answer.status === 404) {
      throw new RegistryError(
        `${repository.address}/${repository.path}: has an image without its configuration ${digest}; push it again`,
      );
    }
    const content = parse<Partial<Platform> & { config?: ImageConfig | null; created?: string }>(
      repository,
      answer.body,
    );
    const { architecture = "", os = "", created = "" } = content;
    const config = content.config ?? {};
    const builtAt = Date.parse(created);
    const origin = { labels: config.Labels ?? {}, builtAt: Number.isNaN(builtAt) ? null : builtAt };
    return { platform: { architecture, os }, config, origin };
  }

  /** An answer of success, or 404 where that is known to mean "not there"; of a HEAD it is not. */
  private async request(
    repository: Repository,
    what: string,
    request: RegistryRequest,
  ): Promise<RegistryAnswer> {
    const { address, path } = repository;
    const login = await this.login(address);
    const subject = { who: `registry ${address}`, path };
    const ask = (authorization: string | undefined) =>
      send(this.exchange, subject, `${registryUrl(address)}${path}/${what}`, {
        ...request,
        headers: { ...request.headers, ...(authorization && { Authorization: authorization }) },
      });
    const purpose = `${address}/${path} ${PURPOSES[request.method] ?? "pull"}`;
    const own = login && login.identityToken === undefined ? basic(login) : undefined;
    let answer = await ask(this.tokens.get(purpose) ?? own);
    const challenge = answer.status === 401 && answer.header("www-authenticate");
    const bearer = challenge ? parseBearerChallenge(challenge) : null;
    if (bearer) {
      const token = `Bearer ${await fetchToken(this.exchange, repository, bearer, login)}`;
      this.tokens.set(purpose, token);
      answer = await ask(token);
    }
    if (answer.status >= 200 && answer.status < 300) return answer;
    if (answer.status === 404 && (request.method === "HEAD" || saysAbsent(answer))) return answer;
    throw new RegistryError(
      `${subject.who}: ${explainAnswer(answer, address, login)}; asked for ${path}`,
    );
  }

  private login(address: string): Promise<RegistryLogin | null> {
    const known = this.logins.get(address) ?? this.loginFor(address);
    this.logins.set(address, known);
    return known;
  }
}

/** Platform of what is no image. */
const UNKNOWN = "unknown/unknown";

/** Digest of a manifest, as any registry computes it. */
export function digestOf({ body }: Manifest): string {
  return `sha256:${createHash("sha256").update(body).digest("hex")}`;
}

function parse<T>({ address, path }: Repository, body: string): T {
  try {
    return JSON.parse(body) as T;
  } catch {
    throw new RegistryError(
      `registry ${address}: it answered with what is no JSON; is a registry at that address? Asked for ${path}`,
    );
  }
}
