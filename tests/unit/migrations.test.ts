import { findDestructive, splitStatements } from "../../release/destructiveStatements";
import { migrationWaves } from "../../release/migrationOrder";
import { databaseUrl, ownDatabase, provisionSql } from "../../release/postgresLayout";

describe("a destructive statement", () => {
  it.each([
    ["ALTER TABLE jobs DROP COLUMN name", "drop"],
    ["ALTER TABLE jobs DROP name", "drop"],
    ["drop table\n jobs", "drop"],
    ["TRUNCATE jobs", "truncate"],
    ["DELETE FROM jobs", "truncate"],
    ["ALTER TABLE jobs RENAME COLUMN a TO b", "rename"],
    ["ALTER TABLE jobs RENAME TO tasks", "rename"],
    ["ALTER TABLE jobs ALTER COLUMN a SET NOT NULL", "not null"],
    ["ALTER TABLE jobs ADD COLUMN a text NOT NULL", "not null"],
    ["ALTER TABLE jobs ADD a text NOT NULL", "not null"],
    ["ALTER TABLE jobs ALTER COLUMN a TYPE bigint", "type"],
    ["ALTER TABLE jobs ALTER COLUMN a SET DATA TYPE bigint", "type"],
    ["CREATE INDEX i ON jobs (a)", "long lock"],
    ["CREATE UNIQUE INDEX i ON jobs (a)", "long lock"],
    ["ALTER TABLE jobs ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES b", "long lock"],
    ["LOCK TABLE jobs", "long lock"],
  ])("%s: %s", (statement, kind) => {
    expect(findDestructive(`BEGIN; ${statement}; COMMIT;`).map((each) => each.kind)).toEqual([
      kind,
    ]);
  });

  it.each([
    "ALTER TABLE jobs ADD COLUMN a text",
    "ALTER TABLE jobs ADD COLUMN a text NOT NULL DEFAULT 'x'",
    "ALTER TABLE jobs ALTER COLUMN a DROP NOT NULL",
    "ALTER TABLE jobs ALTER COLUMN a DROP DEFAULT",
    "CREATE INDEX CONCURRENTLY i ON jobs (a)",
    "ALTER TABLE jobs ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES b NOT VALID",
    "INSERT INTO notes VALUES ('DROP TABLE jobs; RENAME TO x')",
    "-- DROP TABLE jobs\nSELECT 1",
    "/* TRUNCATE jobs; */ SELECT 1",
    "CREATE FUNCTION f() RETURNS void AS $$ BEGIN DROP TABLE x; END $$ LANGUAGE plpgsql",
    "CREATE TABLE fresh (a text NOT NULL); CREATE INDEX i ON fresh (a)",
    "DELETE FROM alembic_version WHERE version_num = '1'",
  ])("is not %s", (statement) => {
    expect(findDestructive(`${statement};`)).toEqual([]);
  });

  it("is cut out whole, whatever is in its texts", () => {
    expect(splitStatements("SELECT 'a;''b'; SELECT $x$ ; $x$;\n SELECT \"c;d\" - 1")).toEqual([
      "SELECT 'text'",
      "SELECT $body$",
      'SELECT "c;d" - 1',
    ]);
  });
});

describe("the order of migrations", () => {
  it("puts what is needed first, and the rest together", () => {
    const after = (...names: string[]) => ({ after: names });
    expect(
      migrationWaves({ c: after("a", "b"), b: after("a"), a: after(), d: after("x") }),
    ).toEqual([["a", "d"], ["b"], ["c"]]);
    expect(() => migrationWaves({ a: after("b"), b: after("a") })).toThrow(
      "wait for each other: a, b",
    );
  });
});

describe("a database on the stack's own server", () => {
  const address = databaseUrl("maestro-test", "automation-service", "se'cret");

  it("has a role and a name of its own", () => {
    expect(address).toBe(
      "postgresql://automation_service:se'cret@maestro-test-postgres:5432/automation_service",
    );
    expect(ownDatabase("maestro-test", address)).toEqual({
      role: "automation_service",
      password: "se'cret",
      database: "automation_service",
    });
    expect(ownDatabase("maestro-other", address)).toBeNull();
    expect(ownDatabase("maestro-test", "no address")).toBeNull();
  });

  it("is made by SQL that no name or password can break out of", () => {
    const own = ownDatabase("maestro-test", address)!;
    expect(provisionSql(own)).toContain("ALTER ROLE \"automation_service\" PASSWORD 'se''cret';");
    expect(() => provisionSql({ ...own, role: 'x"; DROP ROLE y' })).toThrow("lower-case letters");
    for (const name of ["postgres", "template1", "pg_read_all_data", "public"]) {
      expect(() => provisionSql({ ...own, database: name })).toThrow("PostgreSQL's own");
    }
    expect(provisionSql({ ...own, role: "user" })).toContain('ALTER ROLE "user" PASSWORD');
    expect(() => ownDatabase("maestro-test", address.replace("se'cret", "%zz"))).toThrow(
      'DATABASE_URL: a "%" must be followed by two hex digits (value hidden)',
    );
  });
});
