import type { HistoryRevision } from "../../../../rules/database/alembicHistory";
import { schemaOutlook } from "../../../../rules/database/schemaOutlook";
import { findSchemaProblems, type SchemaQuestion } from "../../../../rules/database/schemaProblems";
import {
  NO_SCHEMAS,
  recordReport,
  type SchemaRecords,
} from "../../../../rules/database/schemaVerdict";
import type { SchemaRevision } from "../../../../rules/database/schemaReport";
import { modelRelease } from "../../../support/releases";

const revision = (name: string, down: string[], message = ""): HistoryRevision => ({
  ...{ revision: name, down, needs: [], labels: [], message },
});
const known = (history: HistoryRevision[], incompatible = ""): SchemaRevision[] =>
  history.map(({ revision: name, down }) => ({
    ...{ revision: name, down, compatible: name !== incompatible },
  }));
const ONE = [revision("1", [])];
const TWO = [revision("2", ["1"], "a column"), ...ONE];
const THREE = [revision("3", ["2"]), ...TWO];
const FIXED = [revision("fix", ["1"]), ...ONE];
const FORKED = [revision("side", ["1"]), ...TWO];

/** The host's records once an image has migrated the database to the end of its history. */
function records(history: HistoryRevision[], incompatible = "", after = history[0]!.revision) {
  const report = { before: [], after: [after], known: known(history, incompatible) };
  const of = { service: "web", digest: "sha256:newest", release: "r" };
  return recordReport(NO_SCHEMAS, of, report, "noon");
}

function problems(
  present: SchemaRecords,
  history: HistoryRevision[] | null,
  more: Partial<SchemaQuestion> & { command?: string[] } = {},
): string[] {
  const { command = ["alembic", "upgrade", "head"], ...question } = more;
  const { id, services } = modelRelease({ web: 1 });
  return findSchemaProblems({
    release: { id, services: { web: { ...services["web"]!, migration: command } } },
    records: present,
    compatible: {},
    deploys: true,
    histories: new Map(history ? [["web", history]] : []),
    ...question,
  });
}

describe("a release before its update", () => {
  it.each([
    ["on a database of which nothing is known", NO_SCHEMAS, ONE],
    ["on its own revision", records(TWO), TWO],
    ["on an earlier one", records(ONE), TWO],
    ["on a later, compatible one", records(THREE), ONE],
    ["without any revision, on compatible ones", records(THREE), []],
    ["that nobody could ask", records(THREE, "3"), null],
  ])("passes %s", (_title, present, history) => {
    expect(problems(present, history)).toEqual([]);
  });

  it("is refused on a later one that is not compatible, with the revision to go down to", () => {
    expect(problems(records(THREE, "3"), TWO)).toEqual([
      expect.stringMatching(
        /^services.web: release \w+ is refused: its database is at revision 3; .* \`npm run migrate -- down --service web --to 2\`, or declare it in maestro:migrations.compatible.web: \[3\]$/,
      ),
    ]);
    expect(problems(records(THREE, "3"), TWO, { compatible: { web: ["3"] } })).toEqual([]);
  });

  it("is refused with a revision that cannot be run, since its image does not know the database's", () => {
    expect(problems(records(TWO), FIXED)).toEqual([
      expect.stringMatching(/brings revision fix, which cannot be run: .*--to 1\`$/),
    ]);
    // Its own record tells as much as its image.
    const report = { before: [], after: ["1"], known: known(FIXED) };
    const of = { service: "web", digest: digestOfWeb(), release: "r" };
    const both = { ...recordReport(records(TWO), of, report, ""), present: records(TWO).present };
    expect(problems(both, null)).toEqual([expect.stringContaining("brings revision fix")]);
    expect(problems(records(TWO), FIXED, { compatible: { web: ["fix"] } })).toEqual([]);
    expect(problems(records(TWO), FIXED, { deploys: false })).toEqual([]);
  });

  it("is refused with two newest revisions, unless its command goes to both", () => {
    expect(problems(records(ONE), FORKED)).toEqual([
      expect.stringMatching(
        /more than one newest revision, side, 2 \(a column\), so its migration/,
      ),
    ]);
    expect(problems(NO_SCHEMAS, FORKED)).toHaveLength(1);
    expect(problems(records(ONE), FORKED, { command: ["alembic", "upgrade", "heads"] })).toEqual(
      [],
    );
    expect(problems(records(ONE), FORKED, { command: ["alembic", "upgrade", "2"] })).toEqual([]);
    expect(problems(records(ONE), FORKED, { command: ["./migrate"] })).toEqual([]);
    expect(problems(records(ONE), FORKED, { deploys: false })).toEqual([]);
  });
});

function digestOfWeb(): string {
  return modelRelease({ web: 1 }).services["web"]!.digest;
}

describe("the outlook of a migration", () => {
  const present = (at: string[]) => ({ revisions: at, known: known(THREE), release: "r", at: "" });

  it.each([
    [["1"], TWO, "head", { kind: "pending", pending: [TWO[0]] }],
    [[], ONE, "head", { kind: "pending", pending: ONE }],
    [["3"], ONE, "head", { kind: "later", later: ["3"], stranded: [] }],
    [["3"], FIXED, "head", { kind: "later", later: ["3"], stranded: ["fix"] }],
    [["3"], FIXED, "1", { kind: "later", later: ["3"], stranded: [] }],
    [["1"], FORKED, "head", { kind: "several", ends: [FORKED[0], FORKED[1]] }],
    [["1"], TWO, "+1", { kind: "untold", target: "+1" }],
  ])("at %j", (at, history, target, wanted) => {
    expect(schemaOutlook(present(at), history, target)).toEqual(wanted);
  });
});
