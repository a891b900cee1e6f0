import type { ImageFacts } from "../rules/delivery/planComment";
import { imageFactsOf } from "../rules/delivery/imageLabels";
import type { Platform, RegistryClient } from "./registryClient";
import type { Repository } from "./reference";

/** A manifest, or a list of them, as far as it is read. */
interface ManifestBody {
  readonly layers?: readonly { readonly size?: number }[];
  readonly manifests?: readonly { readonly digest: string; readonly platform?: Platform }[];
}

/** What a registry knows of an image; null: it does not have it. Of several platforms, that of Linux on this machine's processor. */
export async function readImageFacts(
  client: RegistryClient,
  repository: Repository,
  digest: string,
): Promise<ImageFacts | null> {
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  const platform = { architecture, os: "linux" };
  const manifest = await client.readManifest(repository, digest);
  if (manifest === null) return null;
  const { manifests, layers } = JSON.parse(manifest.body) as ManifestBody;
  if (manifests) {
    const own = manifests.find(({ platform: its }) => its?.architecture === architecture);
    const first = own ?? manifests[0];
    return first ? readImageFacts(client, repository, first.digest) : null;
  }
  const { Labels } = await client.readConfig(repository, digest, platform);
  const bytes = (layers ?? []).reduce((sum, { size = 0 }) => sum + size, 0);
  return imageFactsOf(bytes, Labels ?? {});
}
