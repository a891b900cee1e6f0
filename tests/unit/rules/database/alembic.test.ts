import { parseRevision } from "../../../../operations/migrations/createRevision";
import { parseCurrent } from "../../../../operations/migrations/databaseStatus";
import { parseAlembic } from "../../../../rules/database/alembicCommand";
import {
  parseHistory,
  pendingRevisions,
  resolveTarget,
} from "../../../../rules/database/alembicHistory";
import { planDowngrade } from "../../../../rules/database/downgrade";
import { commonSections, shownStatements } from "../../../../rules/database/offlineSql";

/** `alembic history --verbose` of Alembic 1.20.1 (paths and dates shortened), on two bases, with labels, needs and a merge. */
const HISTORY = `Rev: m1 (head) (mergepoint)
Merges: a1, b1
Branch names: line_B
Path: /app/m1_join.py

    join
    
    Revision ID: m1

Rev: b1
Parent: 0001
Branch names: line_B
Path: /app/b1_line_b.py

    line b
    old -> new, and more

Rev: z2 (head)
Parent: z1
Also depends on: a1
Branch names: zz.top
Path: /app/z2.py

    z two -> x, y
    second -> line, here

Rev: z1
Parent: <base>
Branch names: zz.top
Path: /app/z1.py

    other base

Rev: a1
Parent: 0001
Path: /app/a1_line_a.py

    Revision ID: a1

Rev: 0001 (branchpoint)
Parent: <base>
Branches into: a1, b1
Path: /app/0001_root_one.py

    root one
`;
const history = parseHistory(HISTORY);

describe("alembic's history", () => {
  it("is read with labels, needs, merges and messages of any text", () => {
    expect(history).toEqual([
      { revision: "m1", down: ["a1", "b1"], needs: [], labels: ["line_B"], message: "join" },
      { revision: "b1", down: ["0001"], needs: [], labels: ["line_B"], message: "line b" },
      { revision: "z2", down: ["z1"], needs: ["a1"], labels: ["zz.top"], message: "z two -> x, y" },
      { revision: "z1", down: [], needs: [], labels: ["zz.top"], message: "other base" },
      { revision: "a1", down: ["0001"], needs: [], labels: [], message: "" },
      { revision: "0001", down: [], needs: [], labels: [], message: "root one" },
    ]);
  });

  it("finds what a revision needs by its label and by its first characters", () => {
    const needs = (name: string) =>
      parseHistory(HISTORY.replace("on: a1", `on: ${name}`)).find(
        ({ revision }) => revision === "z2",
      )?.needs;
    expect([needs("a"), needs("line_B"), needs("0001")]).toEqual([["a1"], ["m1"], ["0001"]]);
  });

  it.each([
    ["heads", { revisions: ["m1", "z2"] }],
    ["head", { several: ["m1", "z2"] }],
    ["zz.top@head", { revisions: ["z2"] }],
    ["line_B@heads", { revisions: ["m1"] }],
    ["b1", { revisions: ["b1"] }],
    ["m", { revisions: ["m1"] }],
    ["z", null],
    ["+1", null],
  ])("says what %s means", (target, wanted) => {
    expect(resolveTarget(history, target)).toEqual(wanted);
  });

  it.each([
    [[], undefined, ["0001", "a1", "z1", "z2", "b1", "m1"]],
    [["a1"], undefined, ["z1", "z2", "b1", "m1"]],
    [["z2"], undefined, ["b1", "m1"]],
    [["m1", "z2"], undefined, []],
    [["a1"], ["z2"], ["z1", "z2"]],
  ])("tells what is pending at %j up to %j: %j", (present, target, pending) => {
    expect(pendingRevisions(history, present, target).map(({ revision }) => revision)).toEqual(
      pending,
    );
  });
});

describe("going down", () => {
  const names = (way: ReturnType<typeof planDowngrade>) => [
    way.to,
    way.undone.map(({ revision }) => revision),
    [...way.after].sort(),
  ];

  // As Alembic 1.20.1 does with the same revisions.
  it.each([
    [["m1", "z2"], "a1", ["a1", ["m1"], ["b1", "z2"]]],
    [["m1"], "a1", ["a1", ["m1"], ["a1", "b1"]]],
    [["m1"], "b1", ["b1", ["m1"], ["a1", "b1"]]],
    [["m1", "z2"], "z1", ["z1", ["z2"], ["m1", "z1"]]],
    [["m1", "z2"], "0001", ["0001", ["m1", "b1", "z2", "a1"], ["0001", "z1"]]],
    [["m1", "z2"], "base", ["base", ["m1", "b1", "z2", "z1", "a1", "0001"], []]],
  ])("from %j to %s: %j", (present, to, wanted) => {
    expect(names(planDowngrade(history, present, { to }))).toEqual(wanted);
  });

  it("by a number undoes that many of one line", () => {
    expect(names(planDowngrade(history, ["a1"], { steps: 1 }))).toEqual(["0001", ["a1"], ["0001"]]);
    expect(names(planDowngrade(history, ["a1"], { steps: 2 }))).toEqual([
      "base",
      ["a1", "0001"],
      [],
    ]);
  });

  it.each([
    [["m1"], { steps: 1 }, "-n 1: what would be undone is a merge of a1 and b1"],
    [["m1", "z2"], { steps: 1 }, "-n 1: its database is at m1 and z2"],
    [["a1"], { steps: 3 }, "-n 3: only 2 were run"],
    [["a1"], { to: "b1" }, "--to: b1 was not run on its database"],
    [["a1"], { to: "q" }, "--to: q is no revision of its image"],
    [["a1"], { to: "a1" }, "--to: its database is at a1 already"],
  ])("from %j by %j is refused with the choices: %s", (present, wish, message) => {
    expect(() => planDowngrade(history, present, wish)).toThrow(message);
    expect(() => planDowngrade(history, present, wish)).toThrow(
      /choose one of:\n {2}--to (a1|b1|0001|z1): undoes /,
    );
  });

  it("from nothing is refused", () => {
    expect(() => planDowngrade(history, [], { steps: 1 })).toThrow("is at no revision");
  });
});

describe("a migration command", () => {
  it.each([
    [["alembic", "upgrade", "head"], ["alembic"], "head"],
    [
      ["/venv/bin/alembic", "-c", "db/a.ini", "-x", "upgrade=1", "upgrade", "heads"],
      ["/venv/bin/alembic", "-c", "db/a.ini", "-x", "upgrade=1"],
      "heads",
    ],
    [
      ["python3", "-m", "alembic", "--raiseerr", "upgrade", "--tag", "t", "x@head"],
      ["python3", "-m", "alembic", "--raiseerr"],
      "x@head",
    ],
    [["uv", "run", "alembic", "upgrade", "+1"], ["uv", "run", "alembic"], "+1"],
  ])("%j is alembic's", (command, base, target) => {
    expect(parseAlembic(command)).toEqual({ base, target });
  });

  it.each([
    [["python3", "manage.py", "migrate"]],
    [["sh", "-c", "alembic upgrade head"]],
    [["alembic", "downgrade", "-1"]],
    [["alembic", "upgrade", "head", "--sql"]],
    [["alembic", "upgrade"]],
    [["goose", "up"]],
  ])("%j is not", (command) => {
    expect(parseAlembic(command)).toBeNull();
  });
});

describe("what alembic prints", () => {
  it("of where a database is has revisions and other lines", () => {
    expect(parseCurrent("0001 (head) (mergepoint)\nINFO: ready\n\nab12\n")).toEqual([
      "0001",
      "ab12",
    ]);
  });

  it("as SQL from two revisions has in common what neither has run", () => {
    const section = (title: string) => `-- Running upgrade ${title}\n\nSELECT '${title}';\n`;
    const from = (...titles: string[]) => ["BEGIN;\n", ...titles.map(section)].join("");
    const both = [from("x -> b", "a, b -> m"), from("x -> a", "a, b -> m", "m -> n")];
    expect(commonSections(both)).toBe(from("a, b -> m"));
    expect(commonSections([both[0]!])).toBe(both[0]);
  });
});

describe("a revision's source", () => {
  it.each([
    [`revision = "0002"\ndown_revision = "0001"`, "0002", ["0001"]],
    [
      `revision: str = 'ab'\ndown_revision: Union[str, Sequence[str], None] = ('x', 'y')\nbranch_labels = 'q'`,
      "ab",
      ["x", "y"],
    ],
    [`revision = 'ab'\ndown_revision = None\nbranch_labels = ("q",)`, "ab", []],
    [`revision = 'ab'\ndown_revision = [\n  "x",\n  "y",\n]`, "ab", ["x", "y"]],
  ])("is read as written by hand and by alembic", (text, revision, down) => {
    expect(parseRevision(text)).toEqual({ revision, down });
  });
});

describe("SQL for a reader", () => {
  const sql = [
    "BEGIN;\n\nCREATE TABLE alembic_version (\n    version_num VARCHAR(32) NOT NULL\n);\n",
    "-- Running upgrade  -> 0001\n\nCREATE TABLE jobs (\n    name TEXT -- who\n);\n",
    "INSERT INTO alembic_version (version_num) VALUES ('0001') RETURNING alembic_version.version_num;\n",
    "-- Running upgrade 0001 -> 0002\n\nUPDATE alembic_version SET version_num='0002' WHERE true;\n\nCOMMIT;\n",
  ].join("\n");

  it("has the statements of each revision, and nothing of Alembic's bookkeeping", () => {
    expect(shownStatements(sql)).toEqual([
      "-- Running upgrade  -> 0001",
      "CREATE TABLE jobs (",
      "    name TEXT -- who",
      ");",
      "-- Running upgrade 0001 -> 0002",
    ]);
  });

  it("ends after 60 lines, and says how many are left", () => {
    const many = Array.from({ length: 100 }, (_, index) => `DROP TABLE t${index};`).join("\n");
    expect(shownStatements(many)).toHaveLength(61);
    expect(shownStatements(many).at(-1)).toBe("-- and 40 more lines");
  });
});
