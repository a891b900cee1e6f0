import * as pulumi from "@pulumi/pulumi";
import { ownRepositories } from "../config/registrySettings";
import type { Settings } from "../config/settings";
import type { StackOutputs } from "../release/stackOutputs";
import { createIdentity } from "./identity";
import { createImageRegistry } from "./imageRegistry";

/** Whether the stack names no release yet, so that there is nothing to do but make the place where images go. */
export function hasNoRelease({ release, promotion }: Settings): boolean {
  return promotion === null && Object.keys(release).length === 0;
}

/**
 * A stack's very first update: images need repositories, and a release needs images. Makes the registry alone.
 *
 * @throws pulumi.RunError for a stack that has released before: without its release, everything would be removed.
 */
export async function prepareRegistry(
  settings: Settings,
  previous: Promise<Partial<StackOutputs>>,
): Promise<pulumi.Inputs> {
  const { release } = await previous;
  if (release !== undefined) {
    const digests = Object.keys(release.digests).length;
    throw new pulumi.RunError(
      `maestro:release: is missing, but the stack serves release ${release.id} with ${digests} services; ` +
        `restore it (\`git checkout\`, or \`npm run rollback -- --to ${release.id}\`)`,
    );
  }
  const registry = await createImageRegistry("images", {
    settings: settings.registry,
    repositories: ownRepositories(settings),
  });
  const identity = await createIdentity(settings);
  void pulumi.log.info(
    "there is no maestro:release yet, so only the registry is made; `npm run images` comes next",
  );
  return {
    registry: pulumi.output({ address: registry.address, repositories: registry.repositories }),
    identity,
  };
}
