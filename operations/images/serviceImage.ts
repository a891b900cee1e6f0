import { rmSync } from "node:fs";
import pc from "picocolors";
import type { RegistrySettings } from "../../config/settings";
import { readImageFacts } from "../../registry/imageFacts";
import { referenceOf, type Repository } from "../../registry/reference";
import type { RegistryClient } from "../../registry/registryClient";
import type { BaseImage } from "../../toolchain/setup/baseImages";
import { pushImage } from "../../toolchain/setup/registry";
import { buildImage } from "./buildImage";
import type { BuildSecrets } from "./buildSecrets";
import { contentHash } from "./contentHash";
import type { ImageSigner } from "./imageSigner";
import type { Progress } from "./progress";
import { slsaPredicate } from "./provenance";
import { tagName, type Revision } from "./revision";
import type { SbomWriter } from "./sbom";
import {
  baseOf,
  ignoreFileOf,
  sharesDockerfile,
  type ServiceBase,
  type ServiceSource,
} from "./services";
import { ASSETS_LABEL } from "./siteFiles";
import { findPrevious, prepareSite, stageSite } from "./siteImage";

/** A service's image, as it is in the registry. */
export interface ServiceImage {
  readonly service: string;
  /** `<stack>-<commit>`. */
  readonly tag: string;
  readonly digest: string;
  /** Name of everything the image is made of. */
  readonly content: string;
  readonly built: boolean;
  readonly seconds: number;
  /** What a host has to fetch that has none of its layers. */
  readonly bytes: number;
  /** File with what it is made of; left out: nobody asked for one. */
  readonly sbom?: string;
}

/** What is the same for all services of one run. */
export interface ImagesRun {
  readonly stack: string;
  readonly registry: RegistrySettings;
  readonly client: RegistryClient;
  /** The base images that services of this run are built on. */
  readonly bases: Readonly<Partial<Record<ServiceBase["image"], BaseImage>>>;
  /** Service -> digest that the stack file names before this run. */
  readonly released: Readonly<Record<string, string>>;
  /** The commit of a directory; undefined: it has none. */
  readonly revisionOf: (directory: string) => Revision | undefined;
  readonly secrets: BuildSecrets;
  readonly progress: Progress;
  /** Null: images are not signed. */
  readonly signer: ImageSigner | null;
  /** Service -> commit, for those whose provenance is signed. */
  readonly commits: ReadonlyMap<string, string>;
  /** Null: nobody asks what they are made of. */
  readonly sboms: SbomWriter | null;
}

/** Finds the service's image in the registry, or builds and pushes it. */
export async function makeImage(service: ServiceSource, run: ImagesRun): Promise<ServiceImage> {
  if (!service.site) return findOrBuild(service, run);
  const staged = stageSite(service, service.site);
  try {
    return await findOrBuild(staged, run);
  } finally {
    rmSync(staged.context, { recursive: true });
  }
}

async function findOrBuild(service: ServiceSource, run: ImagesRun): Promise<ServiceImage> {
  const began = performance.now();
  const content = contentOf(service, run);
  const { endpoint, namespace } = run.registry;
  const repository: Repository = { address: endpoint, path: `${namespace}/${service.name}` };
  const found = await findImage(run, repository, content);
  const tag = await freeTag(service, run, repository, content, found);
  const digest = found ?? (await buildAndPush(service, run, { repository, content, tag }));
  if (found && (await run.client.findDigest(repository, tag)) !== found) {
    await run.client.copyTag(repository, contentTag(content), tag);
  }
  const bytes = await requireSize(service, run.client, repository, digest);
  const seconds = Math.round(performance.now() - began) / 1000;
  const outcome = found ? "unchanged" : pc.green("pushed");
  run.progress.report(
    service.name,
    `${outcome}  ${digest.slice(0, 19)}  ${megabytes(bytes)} MB  ${seconds.toFixed(1)} s`,
  );
  const sbom = await run.sboms?.write(digestReference(repository, digest));
  const listed = sbom === undefined ? {} : { sbom: sbom.file };
  return { service: service.name, tag, digest, content, built: !found, seconds, bytes, ...listed };
}

/** @throws Error when the image is larger than services.yaml lets it be. */
async function requireSize(
  { name, maximumMegabytes }: ServiceSource,
  client: RegistryClient,
  repository: Repository,
  digest: string,
): Promise<number> {
  const facts = await readImageFacts(client, repository, digest);
  if (facts === null)
    throw new Error(`${name}: ${digest} is not in the registry any more; run it again`);
  const { bytes } = facts;
  if (maximumMegabytes === undefined || bytes <= maximumMegabytes * 1_000_000) return bytes;
  throw new Error(
    `services.${name}.build.maximumMegabytes: is ${maximumMegabytes}, and the image has ${megabytes(bytes)} MB; ` +
      "leave out of its last stage what only the build needs, or raise it",
  );
}

function megabytes(bytes: number): string {
  return (bytes / 1_000_000).toFixed(1);
}

/**
 * The image that is made of just this; null: there is none. Whoever can push can give any image such a tag, so that one is
 * never signed: it has its signature, or is built again.
 */
async function findImage(
  { client, signer }: ImagesRun,
  repository: Repository,
  content: string,
): Promise<string | null> {
  const found = await client.findDigest(repository, contentTag(content));
  if (found === null || signer === null) return found;
  return (await signer.accepts(digestReference(repository, found))) ? found : null;
}

/** Equal inputs give the same name on every machine. */
function contentOf(service: ServiceSource, run: ImagesRun): string {
  const { name, target, platform } = service;
  const { signer, sboms } = run;
  return contentHash({
    directory: service.directory,
    isContext: !sharesDockerfile(service),
    dockerfile: service.dockerfile,
    ignoreFile: ignoreFileOf(service),
    base: baseImageOf(service, run)?.content ?? "",
    buildArguments: {
      SERVICE: name,
      ...service.buildArguments,
      // No build argument has such a name.
      ...(target === undefined ? {} : { "--target": target }),
      ...(platform === undefined ? {} : { "--platform": platform }),
      ...(signer === null ? {} : { "--sign": signer.id + (sboms === null ? "" : " sbom") }),
    },
  });
}

function baseImageOf(service: ServiceSource, { bases }: ImagesRun): BaseImage | undefined {
  const base = baseOf(service);
  return base === null ? undefined : bases[base.image];
}

/** In ECR a tag names one image for ever: a commit that gives a second one, sources changed, adds its content. */
async function freeTag(
  service: ServiceSource,
  { stack, registry, client, revisionOf }: ImagesRun,
  repository: Repository,
  content: string,
  digest: string | null,
): Promise<string> {
  const tag = tagName(stack, revisionOf(service.origin), content);
  if (registry.kind === "local") return tag;
  const taken = await client.findDigest(repository, tag);
  return taken === null || taken === digest ? tag : `${tag}-${content}`;
}

function contentTag(content: string): string {
  return `content-${content}`;
}

async function buildAndPush(
  service: ServiceSource,
  run: ImagesRun,
  image: { repository: Repository; content: string; tag: string },
): Promise<string> {
  const { signer } = run;
  const startedOn = new Date().toISOString();
  const tagged = referenceOf(image.repository, image.tag);
  const byContent = referenceOf(image.repository, contentTag(image.content));
  const { name, context, dockerfile, target, platform } = service;
  run.progress.report(name, "building");
  if (service.site) {
    const released = run.released[name];
    const previous = await findPrevious(run.client, image.repository, released, service.site);
    prepareSite(service, service.site, previous);
  }
  const base = baseImageOf(service, run);
  await buildImage(
    {
      context,
      dockerfile,
      target,
      platform,
      buildArguments: {
        SERVICE: name,
        ...(base ? { [baseOf(service)!.argument]: base.reference } : {}),
        VERSION: image.content,
        ...service.buildArguments,
      },
      labels: {
        "maestro.service": name,
        "maestro.content": image.content,
        ...(service.site ? { [ASSETS_LABEL]: service.site.assets } : {}),
        "org.opencontainers.image.revision": run.revisionOf(service.origin)?.sha ?? "",
      },
      secrets: run.secrets.arguments(service.secrets),
      references: [tagged, byContent],
    },
    (text) => run.progress.show(name, text),
  );
  run.progress.show(name, "pushing");
  const digest = await pushImage(tagged, tagged);
  if (signer !== null) {
    run.progress.show(name, "signing");
    const pushed = digestReference(image.repository, digest);
    const parts = await run.sboms?.write(pushed);
    const commit = run.commits.get(name) ?? "";
    const times = { commit, startedOn, finishedOn: new Date().toISOString() };
    await signer.sign(pushed, {
      ...(signer.origin ? { slsaprovenance1: slsaPredicate(signer.origin, service, times) } : {}),
      ...(parts ? { spdxjson: parts.document } : {}),
    });
  }
  // The tag by content comes last: once it is there, everything is.
  await pushImage(byContent, byContent);
  return digest;
}

function digestReference({ address, path }: Repository, digest: string): string {
  return `${address}/${path}@${digest}`;
}
