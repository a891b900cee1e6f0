import { MOVING_TAGS } from "../rules/aws/ecrPolicies";
import type { TagInput } from "../rules/aws/tagInput";
import { RegistryError } from "../registry/registryError";
import { connectRegistry } from "../registry/login";
import type { Repository } from "../registry/reference";
import { digestOf, type RegistryClient } from "../registry/registryClient";
import { readInput } from "./shared/input";

/**
 * Runs when a release has survived its watch: gives its images their tags for good, and moves `stable` to them. A
 * release that comes back has its own tags already; that `stable` cannot follow is then no reason to fail the rollback.
 */
export async function main(): Promise<number> {
  const input = readInput<TagInput>("tagRelease");
  try {
    await tagAll(input);
    console.log(`images of release ${input.release} tagged ${input.tags.join(", ")}`);
    return 0;
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    const words = `images of release ${input.release} are not tagged ${input.tags.join(", ")}: ${error.message}`;
    console.error(words);
    if (!input.isReturn) return 1;
    console.error("the release serves all the same; the next release moves stable again");
    return 0;
  }
}

async function tagAll({ registry, tags, images }: TagInput): Promise<void> {
  const client = connectRegistry({ kind: "ecr", ...registry });
  await Promise.all(
    Object.entries(images).map(async ([path, digest]) => {
      const repository = { address: registry.endpoint, path };
      for (const tag of tags) await ensureTag(client, repository, digest, tag);
    }),
  );
}

async function ensureTag(
  client: RegistryClient,
  repository: Repository,
  digest: string,
  tag: string,
): Promise<void> {
  const name = `${repository.address}/${repository.path}`;
  const tagged = await client.readManifest(repository, tag);
  if (tagged !== null && digestOf(tagged) === digest) return;
  if (tagged !== null && !(MOVING_TAGS as readonly string[]).includes(tag)) {
    throw new RegistryError(
      `${name}:${tag} names another image already, ${digestOf(tagged)}; ` +
        `was the stack's state lost? Remove the tag, or restore the state`,
    );
  }
  const manifest = await client.readManifest(repository, digest);
  if (manifest === null) throw new RegistryError(`${name}@${digest}: the registry has it no more`);
  await client.writeTag(repository, tag, manifest);
}
