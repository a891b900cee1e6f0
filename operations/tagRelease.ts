import { createHash } from "node:crypto";
import { MOVING_TAGS } from "../release/ecrPolicies";
import { parseEcrAddress } from "../release/ecrAddress";
import type { TagInput } from "../release/operationInput";
import { ecrLogin, RegistryError, type RegistryLogin } from "../registry/ecrLogin";
import { readManifest, writeTag, type Repository } from "../registry/registryApi";
import { readInput } from "./shared/input";

/**
 * Runs when a release has survived its watch: gives its images their tags for good, and moves `stable` to them. A
 * release that comes back has its own tags already; that `stable` cannot follow is then no reason to fail the rollback.
 */
export async function main(): Promise<number> {
  const input = readInput<TagInput>();
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
  const ecr = parseEcrAddress(registry.address);
  const login = ecr && (await ecrLogin(ecr));
  await Promise.all(
    Object.entries(images).map(async ([path, digest]) => {
      const repository = { address: registry.endpoint, path };
      for (const tag of tags) await ensureTag(repository, digest, tag, login);
    }),
  );
}

async function ensureTag(
  repository: Repository,
  digest: string,
  tag: string,
  login: RegistryLogin | null,
): Promise<void> {
  const name = `${repository.address}/${repository.path}`;
  const tagged = await readManifest(repository, tag, login);
  if (tagged !== null && digestOf(tagged.body) === digest) return;
  if (tagged !== null && !(MOVING_TAGS as readonly string[]).includes(tag)) {
    throw new RegistryError(
      `${name}:${tag} names another image already, ${digestOf(tagged.body)}; ` +
        `was the stack's state lost? Remove the tag, or restore the state`,
    );
  }
  const manifest = await readManifest(repository, digest, login);
  if (manifest === null) throw new RegistryError(`${name}@${digest}: the registry has it no more`);
  await writeTag(repository, tag, manifest, login);
}

function digestOf(body: string): string {
  return `sha256:${createHash("sha256").update(body).digest("hex")}`;
}
