import { rmSync } from "node:fs";
import pc from "picocolors";
import type { RegistrySettings } from "../../config/settings";
import { referenceOf, type Repository } from "../../registry/reference";
import type { RegistryClient } from "../../registry/registryClient";
import type { BaseImage } from "../../toolchain/setup/baseImages";
import { pushImage } from "../../toolchain/setup/registry";
import { buildImage } from "./buildImage";
import type { BuildSecrets } from "./buildSecrets";
import { contentHash } from "./contentHash";
import type { Progress } from "./progress";
import { tagName, type Revision } from "./revision";
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
  const found = await run.client.findDigest(repository, contentTag(content));
  const tag = await freeTag(service, run, repository, content, found);
  const digest = found ?? (await buildAndPush(service, run, { repository, content, tag }));
  if (found && (await run.client.findDigest(repository, tag)) !== found) {
    await run.client.copyTag(repository, contentTag(content), tag);
  }
  const seconds = Math.round(performance.now() - began) / 1000;
  const outcome = found ? "unchanged" : pc.green("pushed");
  run.progress.report(service.name, `${outcome}  ${digest.slice(0, 19)}  ${seconds.toFixed(1)} s`);
  return { service: service.name, tag, digest, content, built: !found, seconds };
}

/** Equal inputs give the same name on every machine. */
function contentOf(service: ServiceSource, run: ImagesRun): string {
  const { name, target, platform } = service;
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
  // The tag by content comes last: once it is there, everything is.
  await pushImage(byContent, byContent);
  return digest;
}
