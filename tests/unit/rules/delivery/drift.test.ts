import { isDrift, renderDrift, type Drift } from "../../../../rules/delivery/drift";
import type { DriftFinding } from "../../../../rules/drift/finding";

const NONE: Drift = { stack: "demo", project: "shop", findings: [], unseen: [] };

function finding(changes: Partial<DriftFinding> = {}): DriftFinding {
  return {
    ...{ id: "container-missing/web-0", severity: "error", where: "web-0", says: "is missing" },
    ...{ since: "2026-01-01T00:00:00Z", repair: "docker start web-0", ...changes },
  };
}

describe("drift", () => {
  it("is there where a finding is more than a note", () => {
    expect(isDrift(NONE)).toBe(false);
    expect(isDrift({ findings: [finding({ severity: "note", repair: null })] })).toBe(false);
    expect(isDrift({ findings: [finding()] })).toBe(true);
  });

  it("is an issue that says the same as long as the same differs, with each repair", () => {
    const note = finding({ id: "restarted/web-1", severity: "note", repair: null });
    const drift = { ...NONE, findings: [finding(), note] };
    const { title, body } = renderDrift(drift);
    expect(title).toBe("demo: what runs is not what was released");
    expect(body.startsWith("<!-- maestro drift: shop/demo -->\n")).toBe(true);
    expect(body).toContain(
      "error, `container-missing/web-0`:\n\n~~~text\nweb-0: is missing\n$ docker start web-0\n~~~",
    );
    expect(body).not.toMatch(/restarted|2026/);
    expect(renderDrift({ ...drift, findings: [finding({ since: null }), note] }).body).toBe(body);
  });

  it("says what could not be asked", () => {
    const unseen = [{ source: "registry", says: "it answered 503" }];
    const { body } = renderDrift({ ...NONE, findings: [finding()], unseen });
    expect(body).toContain("Could not be asked:\n\n~~~text\nregistry: it answered 503\n~~~");
  });

  it("is cut where there is more of it than anybody reads, and cannot leave its block", () => {
    const findings = Array.from({ length: 500 }, (_, number) =>
      finding({ id: `x/${number}`, says: `~~~ @all ${number} `.padEnd(900, "x") }),
    );
    const { body } = renderDrift({ ...NONE, findings });
    expect(body).toContain("and 450 more");
    expect(body.length).toBeLessThan(60_000);
    expect(body).toContain("~~~~text\n");
  });
});
