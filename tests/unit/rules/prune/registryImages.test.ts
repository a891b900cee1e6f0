import {
  mayGo,
  storedBytes,
  unreferenced,
  withStatements,
  type StoredImage,
} from "../../../../rules/prune/registryImages";
import { digestOf } from "../../../support/releases";

const hex = (version: number) => digestOf(version).slice("sha256:".length);
function stored(version: number, changes: Partial<StoredImage> = {}): StoredImage {
  return {
    digest: digestOf(version),
    tags: [`v${version}`],
    parts: [],
    blobs: [],
    config: null,
    ...changes,
  };
}
const kept = (...versions: number[]) => new Set(versions.map(digestOf));

describe("images of a registry", () => {
  it("that no release refers to are told, without signatures and parts of what stays", () => {
    const images = [
      stored(1, { parts: [digestOf(2)] }),
      stored(2),
      stored(3),
      stored(4, { tags: [`sha256-${hex(1)}.sig`] }),
    ];
    expect(unreferenced(images, kept(1))).toEqual([images[2]]);
  });

  it("go with what is said of them", () => {
    const images = [
      stored(1),
      stored(2),
      stored(3, { tags: [`sha256-${hex(1)}.sig`] }),
      stored(4, { tags: [`sha256-${hex(2)}`] }),
      stored(5, { tags: [`sha256-${hex(1)}.att`] }),
    ];
    const going = withStatements([images[0]!], images);
    expect(going.map(({ digest }) => digest)).toEqual([1, 3, 5].map(digestOf));
  });

  it("stay where a list that stays names them", () => {
    const images = [stored(1, { parts: [digestOf(2)] }), stored(2)];
    expect(withStatements([images[1]!], images)).toEqual([]);
    expect(withStatements(images, images)).toEqual(images);
  });

  it("stay that say nothing of when they were built, or were built by somebody else", () => {
    const labels = { "maestro.content": "abc" };
    expect(mayGo({ labels, builtAt: 1 }, 2)).toBe(true);
    expect(mayGo({ labels, builtAt: 2 }, 2)).toBe(false);
    expect(mayGo({ labels, builtAt: null }, 2)).toBe(false);
    expect(mayGo({ labels: {}, builtAt: 1 }, 2)).toBe(false);
  });

  it("give back each blob once, and none that stays", () => {
    const blob = (version: number, bytes: number) => ({ digest: digestOf(version), bytes });
    const images = [
      stored(1, { blobs: [blob(10, 100), blob(11, 1)] }),
      stored(2, { blobs: [blob(10, 100), blob(12, 2)] }),
      stored(3, { blobs: [blob(12, 2)] }),
    ];
    expect(storedBytes(images.slice(0, 2), images)).toBe(101);
    expect(storedBytes(images, images)).toBe(103);
  });
});
