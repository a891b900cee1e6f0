import { CONTENT_LABEL } from "./hostImages";

/** An image of a repository, as the registry has it. */
export interface StoredImage {
  readonly digest: string;
  readonly tags: readonly string[];
  /** Other images that it names: those of a list for several platforms. */
  readonly parts: readonly string[];
  /** What the registry stores for it, by digest. */
  readonly blobs: readonly StoredBlob[];
  /** Digest of what it says of itself; of several platforms, the first one's. Null: it is no image. */
  readonly config: string | null;
}

export interface StoredBlob {
  readonly digest: string;
  readonly bytes: number;
}

/** What an image says of itself. */
export interface ImageOrigin {
  readonly labels: Readonly<Record<string, string>>;
  /** When it was built or pushed, in milliseconds since 1970; null: it does not say. */
  readonly builtAt: number | null;
}

/** cosign and clients of before OCI 1.1 keep what is said of an image under a tag that names it. */
const STATEMENT_TAG = /^sha256-([0-9a-f]{64})(?:\.\w+)?$/;

/** The image that a tag's content is said of; null: it is an image of its own. */
export function subjectOf({ tags }: Pick<StoredImage, "tags">): string | null {
  const found = tags.map((tag) => STATEMENT_TAG.exec(tag)?.[1]).find((hex) => hex !== undefined);
  return found === undefined ? null : `sha256:${found}`;
}

/** Images that no release refers to, neither itself nor by a list that names them; statements aside. */
export function unreferenced(
  images: readonly StoredImage[],
  kept: ReadonlySet<string>,
): StoredImage[] {
  const parts = images.filter(({ digest }) => kept.has(digest)).flatMap((image) => image.parts);
  const named = new Set([...kept, ...parts]);
  return images.filter((image) => subjectOf(image) === null && !named.has(image.digest));
}

/** Whether an image may go: `maestro images` has built it, before a moment. */
export function mayGo({ labels, builtAt }: ImageOrigin, before: number): boolean {
  return labels[CONTENT_LABEL] !== undefined && builtAt !== null && builtAt < before;
}

/**
 * All that goes with images: signatures and other statements of them, and nothing that a list which stays names.
 *
 * @param going images that may go
 */
export function withStatements(
  going: readonly StoredImage[],
  images: readonly StoredImage[],
): StoredImage[] {
  const digests = new Set(going.map(({ digest }) => digest));
  const others = images.filter(({ digest }) => !digests.has(digest));
  const needed = new Set(others.flatMap(({ parts }) => parts));
  const gone = going.filter(({ digest }) => !needed.has(digest));
  const left = new Set(gone.map(({ digest }) => digest));
  const statements = others.filter((image) => left.has(subjectOf(image) ?? ""));
  return [...gone, ...statements];
}

/** What the registry can give back: each blob once, and none that an image which stays has too. */
export function storedBytes(going: readonly StoredImage[], images: readonly StoredImage[]): number {
  const digests = new Set(going.map(({ digest }) => digest));
  const staying = images.filter(({ digest }) => !digests.has(digest));
  const counted = new Set(staying.flatMap(({ blobs }) => blobs.map(({ digest }) => digest)));
  let bytes = 0;
  for (const blob of going.flatMap(({ blobs }) => blobs)) {
    if (counted.has(blob.digest)) continue;
    counted.add(blob.digest);
    bytes += blob.bytes;
  }
  return bytes;
}
