import type { StoredBlob, StoredImage } from "../rules/prune/registryImages";
import { inParallel } from "./inParallel";
import type { Repository } from "./reference";
import { digestOf, type Manifest, type RegistryClient } from "./registryClient";

const AT_ONCE = 8;

/** A manifest, or a list of them, as far as it is read. */
interface ManifestBody {
  readonly config?: { readonly digest: string; readonly size?: number };
  readonly layers?: readonly { readonly digest: string; readonly size?: number }[];
  readonly manifests?: readonly { readonly digest: string }[];
}

/**
 * All images of a repository that have a tag, with what is stored for each. The distribution API lists no others.
 *
 * @throws RegistryError
 */
export async function readStoredImages(
  client: RegistryClient,
  repository: Repository,
): Promise<StoredImage[]> {
  const tags = await client.listTags(repository);
  const found = new Map<string, { image: StoredImage; tags: string[] }>();
  await inParallel(tags, AT_ONCE, async (tag) => {
    const manifest = await client.readManifest(repository, tag);
    if (manifest === null) return;
    const digest = digestOf(manifest);
    const known = found.get(digest);
    if (known) {
      known.tags.push(tag);
      return;
    }
    const entry = {
      image: { digest, tags: [], parts: [], blobs: [], config: null } as StoredImage,
      tags: [tag],
    };
    found.set(digest, entry);
    const content = await readContent(client, repository, manifest);
    entry.image = { digest, tags: [], ...content };
  });
  return [...found.values()].map(({ image, tags: its }) => ({ ...image, tags: its.sort() }));
}

async function readContent(
  client: RegistryClient,
  repository: Repository,
  manifest: Manifest,
): Promise<Pick<StoredImage, "parts" | "blobs" | "config">> {
  const { config, layers = [], manifests } = parseBody(manifest);
  if (!manifests) {
    const blobs = blobsOf([...(config ? [config] : []), ...layers]);
    return { parts: [], blobs, config: config?.digest ?? null };
  }
  const parts = manifests.map(({ digest }) => digest);
  const contents = await Promise.all(
    parts.map(async (digest) => {
      const part = await client.readManifest(repository, digest);
      return part ? readContent(client, repository, part) : { parts: [], blobs: [], config: null };
    }),
  );
  return {
    parts: [...parts, ...contents.flatMap((content) => content.parts)],
    blobs: contents.flatMap((content) => content.blobs),
    config: contents[0]?.config ?? null,
  };
}

function blobsOf(layers: readonly { digest: string; size?: number }[]): StoredBlob[] {
  return layers.map(({ digest, size = 0 }) => ({ digest, bytes: size }));
}

function parseBody({ body }: Manifest): ManifestBody {
  return JSON.parse(body) as ManifestBody;
}
