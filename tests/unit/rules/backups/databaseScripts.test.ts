import {
  besideName,
  dumpExitCode,
  parseRows,
  scratchSql,
  swapSql,
} from "../../../../rules/backups/databaseScripts";

describe("what a dumping container says", () => {
  it("has the rows of each table, whatever its name, among what else is said", () => {
    const said = [
      "pg_dump: warning: something",
      '["maestro-rows", "public.jobs", 3]',
      String.raw`["maestro-rows", "public.we'ird \"x\n", 0]`,
      "maestro-dump 0",
    ].join("\n");
    expect(parseRows(said)).toEqual({ "public.jobs": 3, "public.we'ird \"x\n": 0 });
    expect(dumpExitCode(said)).toBe(0);
  });

  it("says that it failed, or that it never ended", () => {
    expect(dumpExitCode("pg_dump: error\nmaestro-dump 1")).toBe(1);
    expect(dumpExitCode("psql: error: connection refused")).toBeNull();
  });
});

describe("a restore's SQL", () => {
  it("swaps all databases in one statement, after it has ended their sessions", () => {
    const sql = swapSql(["shop", "orders"], "m");
    const [, body = ""] = /DO \$swap\$ BEGIN(.*)END \$swap\$;/s.exec(sql) ?? [];
    const renames = [...body.matchAll(/ALTER DATABASE "(\w+)" RENAME TO "(\w+)"/g)];
    expect(renames.map(([, from, to]) => [from, to])).toEqual([
      ["shop", besideName("replaced", "shop")],
      [besideName("scratch", "shop"), "shop"],
      ["orders", besideName("replaced", "orders")],
      [besideName("scratch", "orders"), "orders"],
    ]);
    expect(body.indexOf("pg_terminate_backend")).toBeLessThan(body.indexOf("RENAME"));
  });

  it("quotes whatever a database is called", () => {
    const sql = scratchSql(`o'r"x`, besideName("scratch", `o'r"x`), "m");
    expect(sql).toContain("datname = 'o''r\"x'");
    expect(swapSql([`o'r"x`], "m")).toContain('ALTER DATABASE "o\'r""x" RENAME');
  });

  it("names databases beside another within PostgreSQL's 63 bytes, each its own", () => {
    const long = "a".repeat(63);
    expect(besideName("replaced", long).length).toBeLessThanOrEqual(63);
    expect(besideName("scratch", long)).not.toBe(besideName("scratch", `${long.slice(1)}b`));
  });
});
