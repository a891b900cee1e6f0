import type { RegistrySettings } from "../../config/settings";
import type { Host } from "../../host/host";
import { hasImage } from "../../host/images";
import { connectRegistry } from "../../registry/login";
import { repositoryOf } from "../../registry/reference";
import type { ReleaseRecord } from "../../release/release";
import type { ImageFacts, SetFacts } from "../../rules/drift/facts";
import { imagesOf } from "../../rules/stepInput";

/** A registry answers many at once; a stack keeps 20 releases. */
const AT_ONCE = 16;

/**
 * Asks the registry for the images of what serves, of what waits and of the releases that are kept for a rollback, each
 * once; the host is asked for those that are not there.
 *
 * @throws RegistryError when it cannot be asked: that says nothing about an image.
 */
export async function lookAtImages(
  host: Host,
  settings: RegistrySettings,
  sets: readonly SetFacts[],
  kept: readonly ReleaseRecord[],
): Promise<ImageFacts[]> {
  const wanted = wantedImages(sets, kept);
  const client = connectRegistry(settings, host);
  const engine = await host.engine();
  const facts: ImageFacts[] = [];
  for (let start = 0; start < wanted.length; start += AT_ONCE) {
    const some = wanted.slice(start, start + AT_ONCE).map(async ({ reference, wantedBy }) => {
      const digest = reference.slice(reference.indexOf("@") + 1);
      const isInRegistry = (await client.findDigest(repositoryOf(reference), digest)) !== null;
      const isOnHost = isInRegistry || (await hasImage(engine, reference));
      return { reference, wantedBy, isInRegistry, isOnHost };
    });
    facts.push(...(await Promise.all(some)));
  }
  return facts;
}

function wantedImages(sets: readonly SetFacts[], kept: readonly ReleaseRecord[]) {
  const held = sets
    .filter(({ isActive, proven }) => isActive || proven)
    .map(({ record, isActive }) => ({ record, held: isActive ? "serves" : "waits" }) as const);
  const others = kept
    .filter(({ id }) => !held.some(({ record }) => record.id === id))
    .map((record) => ({ record, held: "kept" }) as const);
  const wanted = new Map<string, ImageFacts["wantedBy"][number][]>();
  for (const { record, held: how } of [...held, ...others]) {
    for (const reference of new Set(Object.values(imagesOf(record)))) {
      const by = wanted.get(reference) ?? [];
      wanted.set(reference, [...by, { release: record.id, held: how }]);
    }
  }
  return [...wanted].map(([reference, wantedBy]) => ({ reference, wantedBy }));
}
