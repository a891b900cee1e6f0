import { changesOf, isDrift, renderDrift } from "../../../../rules/delivery/drift";
import type { PreviewStep } from "../../../../rules/delivery/preview";

const URN = "urn:pulumi:demo::shop::docker:index/container:Container";
const step = (op: string, name: string, diffReasons?: string[]): PreviewStep => ({
  ...{ op, urn: `${URN}::${name}`, oldState: { type: "docker:index/container:Container" } },
  ...(diffReasons ? { diffReasons } : {}),
});
const none = { stack: "demo", project: "shop", problems: [], changes: [] };

describe("drift", () => {
  it("is what a refresh does not find as it was, without values", () => {
    const steps = [
      step("refresh", "kept"),
      step("delete", "web-0"),
      step("update", "web-1", ["memorySwap", "memory"]),
    ];
    expect(changesOf({ steps, diagnostics: [] })).toEqual([
      "Container web-0 is gone",
      "Container web-1 was changed: memory, memorySwap",
    ]);
  });

  it("is there where either the host or a provider sees it", () => {
    expect(isDrift(none)).toBe(false);
    expect(isDrift({ ...none, problems: ["x"] })).toBe(true);
    expect(isDrift({ ...none, changes: ["x"] })).toBe(true);
  });

  it("is an issue that says the same as long as the same differs", () => {
    const drift = { ...none, problems: ["web-0 is missing"], changes: ["Container web-0 is gone"] };
    const { title, body } = renderDrift(drift);
    expect(title).toBe("demo: what runs is not what was released");
    expect(body.startsWith("<!-- maestro drift: shop/demo -->\n")).toBe(true);
    expect(body).toContain("~~~text\nweb-0 is missing\n~~~");
    expect(body).toContain("~~~text\nContainer web-0 is gone\n~~~");
    expect(renderDrift(drift)).toEqual({ title, body });
  });

  it("is cut where there is more of it than anybody reads, and cannot leave its block", () => {
    const changes = Array.from({ length: 500 }, (_, number) =>
      `~~~ @all ${number} `.padEnd(900, "x"),
    );
    const { body } = renderDrift({ ...none, changes });
    expect(body).toContain("and 450 more");
    expect(body.length).toBeLessThan(60_000);
    expect(body).toContain("~~~~text\n");
  });
});
