import * as fc from "fast-check";
import {
  NO_SCHEMAS,
  outdatedPlan,
  recordBegin,
  recordPlan,
  recordReport,
  schemaVerdict,
  type PresentSchema,
} from "../../../../rules/database/schemaVerdict";
import type { SchemaRevision } from "../../../../rules/database/schemaReport";
import { parseReport, type SchemaReport } from "../../../../rules/database/schemaReport";

const revision = (name: string, down: string | null, compatible = true): SchemaRevision => ({
  revision: name,
  down: down === null ? [] : [down],
  compatible,
});

function present(revisions: string[], known: SchemaRevision[] | null): PresentSchema {
  return { revisions, known, release: "r", at: "2026-01-01T00:00:00Z" };
}

const CHAIN = [
  revision("1", null),
  revision("2", "1"),
  revision("3", "2", false),
  revision("4", "3"),
];

describe("the schema's verdict", () => {
  it.each([
    ["nothing is known of the database", undefined, ["1"], "allow"],
    ["the release knows the present revision", present(["2"], CHAIN), ["1", "2"], "allow"],
    ["the later revisions are compatible", present(["2"], CHAIN), ["1"], "allow"],
    ["a later revision is not", present(["3"], CHAIN), ["1", "2"], "refuse"],
    ["one in between is not", present(["4"], CHAIN), ["1", "2"], "refuse"],
    ["the release was never asked", present(["4"], CHAIN), null, "allow"],
    ["nobody knows the present revision", present(["9"], null), ["1", "2"], "freeze"],
    ["nobody but this release knows it", present(["9"], null), ["9"], "allow"],
    ["it was never migrated", present([], CHAIN), ["1"], "allow"],
  ] as const)("when %s", (_title, database, known, verdict) => {
    expect(schemaVerdict(database, known).verdict).toBe(verdict);
  });

  it("follows what the operator has declared", () => {
    expect(schemaVerdict(present(["3"], CHAIN), ["1", "2"], ["3"]).verdict).toBe("allow");
    expect(schemaVerdict(present(["9"], null), ["1"], ["9"]).verdict).toBe("allow");
  });

  it("follows every line where two meet, and ends where they go in circles", () => {
    const merge = [
      ...CHAIN,
      revision("5", "1", false),
      { ...revision("6", "4"), down: ["2", "5"] },
    ];
    expect(schemaVerdict(present(["6"], merge), ["1", "2"]).verdict).toBe("refuse");
    const circle = [revision("a", "b"), revision("b", "a")];
    expect(schemaVerdict(present(["a"], circle), ["1"]).verdict).toBe("allow");
  });

  it("never allows a release an incompatible revision that it does not know", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1 }), fc.nat(), (compatible, at) => {
        const chain = compatible.map((each, index) =>
          revision(String(index), index === 0 ? null : String(index - 1), each),
        );
        const head = chain.length - 1;
        const own = Math.min(at, head);
        const known = chain.slice(0, own + 1).map((each) => each.revision);
        const isSafe = compatible.slice(own + 1).every(Boolean);
        const { verdict } = schemaVerdict(present([String(head)], chain), known);
        expect(verdict).toBe(isSafe ? "allow" : "refuse");
      }),
    );
  });
});

describe("a migration's report", () => {
  const report: SchemaReport = { before: ["1"], after: ["2"], known: CHAIN.slice(0, 2) };
  const of = { service: "web", digest: "sha256:a", release: "r2" };

  it("is the last one in its output", () => {
    const line = `maestro-schema: ${JSON.stringify(report)}`;
    expect(parseReport(`maestro-schema: {}\nother\n${line}\n`)).toEqual(report);
    expect(parseReport("other")).toBeNull();
  });

  it("tells the database's revision and the image's range", () => {
    const records = recordReport(NO_SCHEMAS, of, report, "now");
    expect(records.present["web"]).toEqual({
      revisions: ["2"],
      known: report.known,
      release: "r2",
      at: "now",
    });
    expect(records.images["web@sha256:a"]).toEqual({
      before: ["1"],
      after: ["2"],
      known: ["1", "2"],
      heads: ["2"],
      at: "now",
    });
  });

  it("of an earlier image that was left in peace does not make its database unknown", () => {
    const later = recordReport(NO_SCHEMAS, of, { ...report, after: ["4"], known: CHAIN }, "one");
    const earlier = { before: ["4"], after: ["4"], known: CHAIN.slice(0, 2) };
    const records = recordReport(later, { ...of, digest: "sha256:b" }, earlier, "two");
    expect(records.present["web"]).toEqual(later.present["web"]);
  });

  it("of a revision that nobody knows freezes", () => {
    const strange = recordReport(NO_SCHEMAS, of, { ...report, after: ["9"] }, "now");
    expect(schemaVerdict(strange.present["web"], ["1", "2"]).verdict).toBe("freeze");
  });

  it("is forgotten when many others have come", () => {
    let records = NO_SCHEMAS;
    for (let index = 0; index < 300; index++) {
      records = recordReport(records, { ...of, digest: String(index) }, report, "now");
    }
    expect(Object.keys(records.images)).toHaveLength(200);
    expect(records.images["web@299"]).toBeDefined();
  });
});

describe("a plan that was looked at", () => {
  const of = { service: "web", digest: "sha256:a", release: "r" };
  const at = (revisions: string[]) => ({ before: [], after: revisions, known: CHAIN });
  const first = recordReport(NO_SCHEMAS, { ...of, digest: "sha256:0" }, at(["1"]), "then");
  const planned = recordPlan(first, "web", { digest: "sha256:a", revisions: ["1"], at: "noon" });

  it("holds while the database stays where it was, and for its image alone", () => {
    expect(outdatedPlan(planned, "web", "sha256:a")).toBeNull();
    const moved = recordReport(planned, { ...of, digest: "sha256:0" }, at(["2"]), "later");
    expect(outdatedPlan(moved, "web", "sha256:a")).toBe(
      "its database was at revision 1 when it was planned at noon, and is now at 2",
    );
    expect(outdatedPlan(moved, "web", "sha256:b")).toBeNull();
    expect(outdatedPlan(moved, "api", "sha256:a")).toBeNull();
  });

  it("is done with once its image has migrated the database", () => {
    const done = recordReport(planned, of, at(["4"]), "later");
    expect(outdatedPlan(done, "web", "sha256:a")).toBeNull();
    expect(done.planned).toEqual({});
  });

  it("is kept apart from a migration that was begun", () => {
    const begun = recordBegin(planned, "web", "sha256:a");
    expect(begun.begun).toEqual({ web: "sha256:a" });
    expect(recordBegin(begun, "web", null)).toEqual({ ...planned, begun: {} });
  });
});
