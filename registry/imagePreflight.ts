import type { RegistrySettings } from "../config/settings";
import type { Host } from "../host/host";
import { registryOf } from "../host/images";
import { registryCredentials } from "../host/registryCredentials";
import { parseEcrAddress } from "../release/ecrAddress";
import { imageReference } from "../release/operationInput";
import type { Release } from "../release/release";
import { ecrLogin, RegistryError, type RegistryLogin } from "./ecrLogin";
import { readManifest, readPlatforms, type Platform, type Repository } from "./registryApi";

const DOCKER_HUB = "registry-1.docker.io";

/**
 * Makes sure that the host can have every image of a release, before anything is touched: the image is there already,
 * or the registry has it, lets us in, and has it for the host's platform. An image that is there is not asked for, so
 * a rollback needs no registry.
 *
 * @throws RegistryError naming everything that is wrong, one line an image.
 */
export async function checkImages(
  host: Host,
  release: Release,
  settings: RegistrySettings,
): Promise<void> {
  const engine = await host.engine();
  const wanted = Object.entries(release.services).map(([service, settings]) => ({
    service,
    reference: imageReference(settings),
  }));
  const isHere = await Promise.all(
    wanted.map(({ reference }) =>
      engine
        .getImage(reference)
        .inspect()
        .then(() => true, isMissing),
    ),
  );
  const missing = wanted.filter((_, index) => !isHere[index]);
  if (missing.length === 0) return;
  const { Arch, Os } = await engine.version();
  const platform = { architecture: Arch, os: Os };
  const problems = await Promise.all(
    missing.map(async ({ service, reference }) => {
      try {
        const problem = await findProblem(reference, platform, settings);
        return problem && `release.${service}: ${problem}`;
      } catch (error) {
        if (!(error instanceof RegistryError)) throw error;
        // The same for every image: said once.
        return error.message;
      }
    }),
  );
  const found = [...new Set(problems.filter((problem) => problem !== null))];
  if (found.length > 0) {
    throw new RegistryError(
      `${found.join("\n")}\nnothing was touched; release ${release.id} cannot be placed`,
    );
  }
}

function isMissing(error: unknown): false {
  if ((error as { statusCode?: number }).statusCode === 404) return false;
  throw error;
}

async function findProblem(
  reference: string,
  platform: Platform,
  settings: RegistrySettings,
): Promise<string | null> {
  const [name = "", digest = ""] = reference.split("@");
  const repository = repositoryOf(name);
  const login = await loginFor(repository.address, settings);
  const manifest = await readManifest(repository, digest, login);
  if (manifest === null) {
    return (
      `the registry does not have ${reference}: it was never pushed there, or has been removed since; ` +
      `push it (\`npm run images\`), or choose another digest`
    );
  }
  const platforms = await readPlatforms(repository, manifest, login);
  const fits = platforms.some(
    ({ architecture, os }) => architecture === platform.architecture && os === platform.os,
  );
  const list = platforms.map(({ os, architecture }) => `${os}/${architecture}`).join(", ");
  return fits
    ? null
    : `${reference} is made for ${list || "no platform"}, the host is ${platform.os}/${platform.architecture}; ` +
        `build it for that platform`;
}

/** `localhost:5000/maestro/web` in its two parts, Docker Hub's short names spelled out. */
function repositoryOf(name: string): Repository {
  const address = registryOf(name);
  if (name.startsWith(`${address}/`)) {
    return { address, path: name.slice(address.length + 1) };
  }
  return { address: DOCKER_HUB, path: name.includes("/") ? name : `library/${name}` };
}

/** The login for images of the stack's own registry, else the deployer's own `docker login`; null: none. */
export async function loginFor(
  address: string,
  settings: RegistrySettings,
): Promise<RegistryLogin | null> {
  const ecr = parseEcrAddress(settings.address);
  if (settings.kind === "ecr" && address === settings.endpoint && ecr) return ecrLogin(ecr);
  const found = await registryCredentials(address);
  return found?.username === undefined
    ? null
    : { username: found.username, password: found.password ?? "" };
}
