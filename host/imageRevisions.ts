import { imageReference } from "../rules/stepInput";
import type { ReleaseRecord } from "../release/release";
import type { Host } from "./host";

/** Where an image says which commit it was built from; `maestro images` writes it. */
const REVISION_LABEL = "org.opencontainers.image.revision";
/** A commit or a version: what is longer, or has other characters, is no revision. */
const REVISION = /^[\w.+/-]{1,64}$/;

/**
 * Service -> the commit that its image was built from, as far as the host's copies of the images say it. Empty where the
 * engine does not answer: no release fails for what its history would say.
 */
export async function readImageRevisions(
  host: Host,
  { services }: ReleaseRecord,
): Promise<Readonly<Record<string, string>>> {
  try {
    const engine = await host.engine();
    const found = await Promise.all(
      Object.entries(services).map(async ([name, service]) => {
        const image = await engine
          .getImage(imageReference(service))
          .inspect()
          .catch(() => null);
        // The engine gives null for an image without labels.
        const labels = image?.Config.Labels as Record<string, string> | null | undefined;
        return [name, labels?.[REVISION_LABEL] ?? ""] as const;
      }),
    );
    return Object.fromEntries(found.filter(([, revision]) => REVISION.test(revision)));
  } catch {
    return {};
  }
}
