import type { RegistrySettings } from "../config/settings";
import type { Host } from "./host";
import { hasImage, readImageConfig } from "./images";
import { declarationOf, findVolumeProblem, type ImageConfig } from "../release/imageDeclaration";
import type { ImageDeclarations } from "../release/release";
import { imageReference } from "../rules/stepInput";
import type { Release } from "../release/release";
import { RegistryError } from "../registry/registryError";
import { connectRegistry } from "../registry/login";
import { repositoryOf } from "../registry/reference";
import type { Platform, RegistryClient } from "../registry/registryClient";

/** An image that a service of a release runs, by digest. */
export interface WantedImage {
  readonly service: string;
  readonly reference: string;
}

/**
 * Makes sure that the host can have every image of a release, and make containers of it, before anything is touched.
 *
 * @returns what the images declare.
 * @throws RegistryError naming everything that is wrong, one line an image.
 */
export async function checkImages(
  host: Host,
  release: Release,
  settings: RegistrySettings,
): Promise<ImageDeclarations> {
  const wanted = Object.entries(release.services).map(([service, settings]) => ({
    service,
    reference: imageReference(settings),
  }));
  const refuse = (found: readonly string[]) => {
    if (found.length === 0) return;
    throw new RegistryError(
      `${found.join("\n")}\nnothing was touched; release ${release.id} cannot be placed`,
    );
  };
  refuse(await findImageProblems(host, wanted, settings));
  const configs = await Promise.all(
    wanted.map(async ({ service, reference }) => {
      const config = await readConfig(host, reference, settings);
      return [service, config] as const;
    }),
  );
  refuse(
    configs.flatMap(([service, config]) => {
      const problem = findVolumeProblem(release.services[service]!, config);
      return problem === null ? [] : [`release.${service}: ${problem}`];
    }),
  );
  const declared = configs.flatMap(([service, config]) => {
    const declaration = declarationOf(config);
    return declaration ? [[service, declaration] as const] : [];
  });
  return Object.fromEntries(declared);
}

/** What an image says of its containers: the host's own copy of it, else the registry's. */
async function readConfig(
  host: Host,
  reference: string,
  settings: RegistrySettings,
): Promise<ImageConfig> {
  const engine = await host.engine();
  const here = await readImageConfig(engine, reference);
  if (here) return here;
  const { Arch, Os } = await engine.version();
  const client = connectRegistry(settings, host);
  const digest = reference.slice(reference.indexOf("@") + 1);
  return client.readConfig(repositoryOf(reference), digest, { architecture: Arch, os: Os });
}

/**
 * Why the host cannot have images, a line each: an image is there already, or the registry has it, lets us in, and has it
 * for the host's platform. An image that is there is not asked for, so a rollback needs no registry. What kept the
 * registry from answering is a problem of its own, never a missing image.
 */
export async function findImageProblems(
  host: Host,
  wanted: readonly WantedImage[],
  settings: RegistrySettings,
): Promise<string[]> {
  const engine = await host.engine();
  const isHere = await Promise.all(wanted.map(({ reference }) => hasImage(engine, reference)));
  const missing = wanted.filter((_, index) => !isHere[index]);
  if (missing.length === 0) return [];
  const { Arch, Os } = await engine.version();
  const platform = { architecture: Arch, os: Os };
  const client = connectRegistry(settings, host);
  const problems = await Promise.all(
    missing.map(async ({ service, reference }) => {
      try {
        const problem = await findProblem(client, reference, platform);
        return problem && `release.${service}: ${problem}`;
      } catch (error) {
        if (!(error instanceof RegistryError)) throw error;
        // The same for every image: said once.
        return error.message;
      }
    }),
  );
  return [...new Set(problems.filter((problem) => problem !== null))];
}

async function findProblem(
  client: RegistryClient,
  reference: string,
  platform: Platform,
): Promise<string | null> {
  const digest = reference.slice(reference.indexOf("@") + 1);
  const repository = repositoryOf(reference);
  const manifest = await client.readManifest(repository, digest);
  if (manifest === null) {
    return (
      `the registry does not have ${reference}: it was never pushed there, or has been removed since; ` +
      `push it (\`npm run images\`), or choose another digest`
    );
  }
  const platforms = await client.readPlatforms(repository, manifest);
  const fits = platforms.some(
    ({ architecture, os }) => architecture === platform.architecture && os === platform.os,
  );
  const list = platforms.map(({ os, architecture }) => `${os}/${architecture}`).join(", ");
  return fits
    ? null
    : `${reference} is made for ${list || "no platform"}, the host is ${platform.os}/${platform.architecture}; ` +
        `build it for that platform`;
}
