import { digestsIn, keptDigests, keptReleases } from "../../../../rules/prune/keptReleases";
import { digestOf, modelRelease } from "../../../support/releases";

const release = (version: number) => modelRelease({ web: version });
const recorded = [5, 4, 3, 2, 1].map(release);
const stack = {
  ...{ name: "shop-demo", held: [], recorded, beside: [], rejected: new Set<string>() },
};

describe("releases whose images stay", () => {
  it("are those that sets hold, and the newest ones on record", () => {
    const kept = keptReleases({ ...stack, held: [release(1)] }, 2);
    expect(digestsIn(kept)).toEqual(new Set([1, 5, 4].map(digestOf)));
  });

  it("are as many good ones, whatever has failed between them", () => {
    const rejected = new Set([release(5).id, release(3).id]);
    const kept = keptReleases({ ...stack, rejected }, 2);
    expect(digestsIn(kept)).toEqual(new Set([5, 4, 3, 2].map(digestOf)));
  });

  it("are all of a stack that says nothing of itself", () => {
    expect(keptReleases(stack, "all")).toEqual(recorded);
  });
});

it("keeps what runs beside the sets, of which no release knows", () => {
  expect(keptDigests({ ...stack, beside: [digestOf(9)] }, 1)).toEqual(
    new Set([5, 9].map(digestOf)),
  );
});
