import { describeRevisions } from "../../../operations/status";
import { readWish, type StatusOptions } from "../../../operations/status/wish";

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

describe("what is to be looked at in depth", () => {
  const wish = (options: Partial<StatusOptions>, service: string | null = null) =>
    readWish(service, { stack: "demo", ...options });

  it("is nothing without --deep, and the set that serves with it", () => {
    expect(wish({ json: true })).toBeNull();
    const plain = { stack: "demo", service: null, set: "active", json: false, waitSeconds: null };
    expect(wish({ deep: true })).toEqual(plain);
    const more = { set: "idle", wait: true, timeout: "5m", json: true, deep: true };
    expect(wish(more, "web")).toEqual({
      ...{ stack: "demo", service: "web", set: "idle", json: true, waitSeconds: 300 },
    });
    expect(wish({ deep: true, wait: true })?.waitSeconds).toBe(60);
  });

  it("is refused with all that is wrong", () => {
    const options = { set: "blue", wait: true, timeout: "soon" };
    expect(() => wish(options, "web")).toThrow(
      new Error(
        [
          "[service]: is only for --deep; add it, or remove this",
          "--set: is only for --deep; add it, or remove this",
          "--wait: is only for --deep; add it, or remove this",
          '--set: must be active or idle, got "blue"',
          '--timeout: must be such as 30s, 5m or 1h, got "soon"',
        ].join("\n"),
      ),
    );
    expect(() => wish({ deep: true, timeout: "5s" })).toThrow(
      "--timeout: is only for --wait; add it, or remove this",
    );
  });
});
