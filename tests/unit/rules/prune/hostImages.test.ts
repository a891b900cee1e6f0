import {
  freedBytes,
  layersOf,
  whyImageStays,
  type EngineImage,
} from "../../../../rules/prune/hostImages";
import { digestOf } from "../../../support/releases";

const WEB = "localhost:5000/shop/web";
const image: EngineImage = {
  id: "sha256:id",
  tags: [`${WEB}:demo-1`, `${WEB}:content-abc`],
  digests: [`${WEB}@${digestOf(1)}`],
  labels: { "maestro.content": "abc" },
  builtAt: 1_000,
};
const rule = {
  repositories: new Set([WEB]),
  digests: new Set<string>(),
  used: new Set<string>(),
  before: 2_000,
};
const why = (changes: Partial<EngineImage>, its: Partial<typeof rule> = {}) =>
  whyImageStays({ ...image, ...changes }, { ...rule, ...its });

describe("an image of the host", () => {
  it("may go once nobody refers to it", () => {
    expect(why({})).toBeNull();
    expect(why({ tags: [] })).toBeNull();
  });

  it.each([
    ["is one of a release", "of a release", {}, { digests: new Set([digestOf(1)]) }],
    ["is a container's", "of a container", {}, { used: new Set(["sha256:id"]) }],
    ["is too young", "too young", { builtAt: 2_000 }, {}],
    ["was built by somebody else", "not built by maestro", { labels: {} }, {}],
    ["has no name", "not this project's", { tags: [], digests: [] }, {}],
    ["has a name elsewhere too", "not this project's", { tags: [`${WEB}:1`, "mine:1"] }, {}],
    [
      "is another project's in the same registry",
      "not this project's",
      { tags: ["localhost:5000/other/web:1"] },
      {},
    ],
    [
      "is that of a repository whose name begins like ours",
      "not this project's",
      { digests: [`${WEB}-old@${digestOf(1)}`] },
      {},
    ],
  ])("stays where it %s", (_, says, changes, its) => {
    expect(why(changes, its)).toBe(says);
  });
});

describe("what is freed", () => {
  const step = (CreatedBy: string, Size: number) => ({ Created: 1, CreatedBy, Size });
  const base = [step("FROM base", 100)];
  // The Engine tells the last step first.
  const one = layersOf([step("COPY one", 10), ...base]);
  const two = layersOf([step("COPY two", 20), ...base]);

  it("counts a layer that two images share once", () => {
    expect(freedBytes([one, two], [])).toBe(130);
  });

  it("leaves out what an image that stays has too", () => {
    expect(freedBytes([one, two], [layersOf(base)])).toBe(30);
    expect(freedBytes([one], [one])).toBe(0);
  });

  it("takes the same step on another base for another layer", () => {
    const other = layersOf([step("COPY one", 10), step("FROM other", 7)]);
    expect(freedBytes([one], [other])).toBe(110);
  });
});
