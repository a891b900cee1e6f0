import { createHash } from "node:crypto";

/** Label of an image that `maestro images` has built: the name of everything it is made of. */
export const CONTENT_LABEL = "maestro.content";

/** An image as a Docker Engine lists it. */
export interface EngineImage {
  readonly id: string;
  /** `localhost:5000/shop/web:demo-3f2a90c`. */
  readonly tags: readonly string[];
  /** `localhost:5000/shop/web@sha256:…`: what it was pulled or pushed as. */
  readonly digests: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** When it was built, in milliseconds since 1970. */
  readonly builtAt: number;
}

/** What decides which images go. */
export interface PruneRule {
  /** The project's repositories, `localhost:5000/shop/web`. */
  readonly repositories: ReadonlySet<string>;
  /** Digests that somebody refers to. */
  readonly digests: ReadonlySet<string>;
  /** Images of containers, running or not. */
  readonly used: ReadonlySet<string>;
  /** What was built after this moment stays, in milliseconds since 1970: its release may be yet to come. */
  readonly before: number;
}

/**
 * Why an image stays; null: it may go. Only what `maestro images` has built goes, and only where all its names are the
 * project's: whatever else has a name of its own in it is somebody's.
 */
export function whyImageStays(image: EngineImage, rule: PruneRule): string | null {
  const names = [...image.tags, ...image.digests];
  if (names.length === 0 || !names.every((name) => rule.repositories.has(nameOf(name)))) {
    return "not this project's";
  }
  if (image.labels[CONTENT_LABEL] === undefined) return "not built by maestro";
  if (image.digests.some((name) => rule.digests.has(name.slice(name.indexOf("@") + 1)))) {
    return "of a release";
  }
  if (rule.used.has(image.id)) return "of a container";
  return image.builtAt >= rule.before ? "too young" : null;
}

/** A reference without its tag and its digest. */
function nameOf(reference: string): string {
  return reference.replace(/@.*$/, "").replace(/:[^/]*$/, "");
}

/** One layer: its name with all that is below it, so that the same one has the same name in two images. */
export interface SizedLayer {
  readonly key: string;
  readonly bytes: number;
}

/**
 * What is freed when images go: each of their layers once, and none that an image which stays has too.
 *
 * @param going each one's layers
 */
export function freedBytes(
  going: readonly (readonly SizedLayer[])[],
  staying: readonly (readonly SizedLayer[])[],
): number {
  const counted = new Set(staying.flatMap((layers) => layers.map(({ key }) => key)));
  let bytes = 0;
  for (const layer of going.flat()) {
    if (counted.has(layer.key)) continue;
    counted.add(layer.key);
    bytes += layer.bytes;
  }
  return bytes;
}

/** A step of an image's history as the Engine tells it. */
export interface HistoryStep {
  readonly Created: number;
  readonly CreatedBy: string;
  readonly Size: number;
}

/** Layers of an image, by its history: the Engine tells sizes there alone. @param history the last step first */
export function layersOf(history: readonly HistoryStep[]): SizedLayer[] {
  let below = "";
  return [...history].reverse().map(({ Created, CreatedBy, Size }) => {
    const hash = createHash("sha256").update(`${below} ${Created} ${Size} ${CreatedBy}`);
    below = hash.digest("base64");
    return { key: below, bytes: Size };
  });
}
