import { seal, unseal } from "../../../../steps/migrations/backupCipher";
import { inWaves } from "../../../../steps/migrations/inWaves";
import { findDestructive, splitStatements } from "../../../../rules/database/destructiveStatements";
import { migrationWaves } from "../../../../rules/database/migrationOrder";
import {
  databaseUrl,
  ownDatabase,
  provisionSql,
  withPassword,
} from "../../../../rules/database/postgresLayout";

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

  it("gets another password in its address, and nothing else changes", () => {
    const odd = address.replace("se'cret", "p%20w").concat("?application_name=a:b@c");
    expect(withPassword("maestro-test", odd, "new")).toBe(odd.replace("p%20w", "new"));
    expect(withPassword("maestro-test", address.replace(":se'cret", ""), "new")).toContain(":new@");
    for (const other of [address.replace("se'cret", "a@b"), "postgresql://maestro-test-postgres/x"])
      expect(withPassword("maestro-test", other, "new")).toBeNull();
    expect(withPassword("maestro-other", address, "new")).toBeNull();
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

describe("a backup", () => {
  const dump = Buffer.from("PGDMP and so on");

  it("is encrypted with a passphrase, each time anew, and comes back with it alone", () => {
    const sealed = seal(dump, "open sesame");
    expect(sealed.includes(dump)).toBe(false);
    expect(seal(dump, "open sesame").equals(sealed)).toBe(false);
    expect(unseal(sealed, "open sesame")).toEqual(dump);
    expect(() => unseal(sealed, "other")).toThrow(
      "MAESTRO_BACKUP_PASSPHRASE is not its passphrase",
    );
    expect(() => unseal(sealed, undefined)).toThrow("set MAESTRO_BACKUP_PASSPHRASE");
  });

  it("without a passphrase is what it is", () => {
    expect(seal(dump, undefined)).toBe(dump);
    expect(unseal(dump, "open sesame")).toBe(dump);
  });
});

describe("migrations of many services", () => {
  const after = (...names: string[]) => ({ after: names });

  it("run side by side, a few at once, and those that wait for others after them", async () => {
    const names = Array.from({ length: 20 }, (_, index) => `s${String(index).padStart(2, "0")}`);
    const services = {
      ...Object.fromEntries(names.map((name) => [name, after()])),
      z: after("s00", "s19"),
    };
    let running = 0;
    let most = 0;
    const order: string[] = [];
    const { done, failures } = await inWaves(services, async (service) => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      order.push(service);
      running--;
      return service;
    });
    expect([most, failures]).toEqual([4, []]);
    expect(done).toEqual([...names, "z"]);
    expect(order.at(-1)).toBe("z");
  });

  it("stop after a failure, once what was begun beside it has ended", async () => {
    const { done, failures } = await inWaves(
      { a: after(), b: after(), c: after("b") },
      (service) =>
        service === "a" ? Promise.reject(new Error("a failed")) : Promise.resolve(service),
    );
    expect(failures.map(({ message }) => message)).toEqual(["a failed"]);
    expect(done).toEqual(["b"]);
  });
});
