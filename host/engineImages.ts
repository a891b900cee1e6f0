import type Docker from "dockerode";
import { inParallel } from "../registry/inParallel";
import {
  layersOf,
  type EngineImage,
  type HistoryStep,
  type SizedLayer,
} from "../rules/prune/hostImages";

/** A connection over SSH has ten channels, and others want some of them. */
const AT_ONCE = 4;
/** What the Engine says in place of a name that it does not have. */
const NO_NAME = /<none>/;

/** All images of an engine that are not parts of others alone. */
export async function listImages(engine: Docker): Promise<EngineImage[]> {
  const images = await engine.listImages({ digests: true });
  return images.map(({ Id, RepoTags, RepoDigests, Labels, Created }) => ({
    id: Id,
    tags: (RepoTags ?? []).filter((name) => !NO_NAME.test(name)),
    digests: (RepoDigests ?? []).filter((name) => !NO_NAME.test(name)),
    labels: (Labels as Record<string, string> | null) ?? {},
    builtAt: Created * 1000,
  }));
}

/** Ids of the images that containers are made from, whether they run or not. */
export async function listUsedImages(engine: Docker): Promise<Set<string>> {
  const containers = await engine.listContainers({ all: true });
  return new Set(containers.map(({ ImageID }) => ImageID));
}

/** The layers of images, in their order; of one that is gone by now there are none. */
export function readLayers(engine: Docker, ids: readonly string[]): Promise<SizedLayer[][]> {
  return inParallel(ids, AT_ONCE, async (id) => {
    try {
      return layersOf((await engine.getImage(id).history()) as HistoryStep[]);
    } catch (error) {
      if (statusOf(error) === 404) return [];
      throw error;
    }
  });
}

/**
 * Takes all names off an image, and so removes it. The Engine refuses what a container uses or another image is built on.
 *
 * @returns why it is still there; null: it is gone.
 */
export async function removeImage(
  engine: Docker,
  { tags, digests }: EngineImage,
): Promise<string | null> {
  for (const name of [...tags, ...digests]) {
    try {
      await engine.getImage(name).remove();
    } catch (error) {
      // With a repository's last tag the digests in it go too.
      if (statusOf(error) === 404) continue;
      if (statusOf(error) !== 409) throw error;
      return `${name}: ${(error as Error).message}`;
    }
  }
  return null;
}

function statusOf(error: unknown): number | undefined {
  return (error as { statusCode?: number }).statusCode;
}
