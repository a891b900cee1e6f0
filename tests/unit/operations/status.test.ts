import { describeRevisions } from "../../../operations/status";

describe("the commits of a release's images", () => {
  it("are said once each, with their services", () => {
    const revisions = { web: "3f2a90c1d7e3", jobs: "77b01d2e0000", api: "3f2a90c1d7e3" };
    expect(describeRevisions(revisions)).toBe(
      "images of 3f2a90c1d7e3 (api, web), 77b01d2e0000 (jobs)",
    );
  });

  it("stay one line, whatever an image says", () => {
    expect(describeRevisions({ web: "a\u001b[2Jb" })).toBe("images of a?[2Jb (web)");
  });
});
