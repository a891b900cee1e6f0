import { loginName, withLogin, withLogins } from "../../../../rules/database/databaseLogins";
import type { Catalog, DatabaseUse } from "../../../../rules/database/databaseCatalog";
import { planRoles, type WantedUse } from "../../../../rules/database/databaseRoles";
import { settleSql } from "../../../../rules/database/databaseSettlement";
import { createRelease, type ReleaseRecord } from "../../../../release/release";
import { planRollout, type Placement } from "../../../../release/rolloutPlan";
import { serviceRelease } from "../../../support/releases";

const PREFIX = "maestro-test";

function record(secretVersion: string, logins?: Record<string, string>): ReleaseRecord {
  const overrides = { secrets: ["DATABASE_URL"], secretVersion, migration: ["alembic"] };
  const release = createRelease({ web: serviceRelease({ overrides }) });
  return { ...release, slots: { web: 0 }, generation: 1, ...(logins ? { logins } : {}) };
}

function planned(desired: string, serving: ReleaseRecord | null, hasOwnServer = true) {
  const placement: Placement | null = serving && { number: 1, record: serving, proven: true };
  const observed = {
    activeColor: serving && ("blue" as const),
    switchNumber: 1,
    placements: { blue: placement, green: null },
  };
  const plan = withLogins(planRollout(null, observed, record(desired)), hasOwnServer);
  return plan.sets[plan.activeColor]!.record.logins;
}

describe("a set's login", () => {
  it("is its secret version's own", () => {
    expect(planned("v1", null)).toEqual({ web: loginName("web", "v1") });
    expect(planned("v1", record("v1", { web: loginName("web", "v1") }))).toEqual({
      web: loginName("web", "v1"),
    });
    expect(loginName("web", "v1")).not.toBe(loginName("web", "v2"));
    expect(loginName("a".repeat(63), "v1")).toHaveLength(63);
  });

  it("is the name in the address while that version serves under it", () => {
    expect(planned("v1", record("v1"))).toBeUndefined();
    expect(planned("v2", record("v1"))).toEqual({ web: loginName("web", "v2") });
  });

  it("is left out where the stack has no server of its own, or the service no migration or no address", () => {
    expect(planned("v1", null, false)).toBeUndefined();
    const services = {
      web: serviceRelease({ overrides: { secrets: ["KEY"], secretVersion: "v1" } }),
    };
    const plan = planRollout(null, null, createRelease(services));
    expect(withLogins(plan, true)).toBe(plan);
  });

  it("takes the place of the user in every value with the same user and password, and nothing else changes", () => {
    const host = "maestro-test-postgres:5432";
    const values = {
      DATABASE_URL: `postgresql://web:s%27%C3%A9@${host}/web?application_name=web:x@y`,
      SAME: `postgresql+psycopg://web:s%27%C3%A9@${host}/web`,
      OTHER_PASSWORD: `postgresql://web:x@${host}/web`,
      OTHER_SERVER: "postgresql://web:s%27%C3%A9@db.example.com/web",
      BROKEN: `postgresql://web:%zz@${host}/web`,
      TEXT: "web",
    };
    expect(withLogin(PREFIX, values, "web_1")).toEqual({
      ...values,
      DATABASE_URL: `postgresql://web_1:s%27%C3%A9@${host}/web?application_name=web:x@y`,
      SAME: `postgresql+psycopg://web_1:s%27%C3%A9@${host}/web`,
    });
    expect(withLogin(PREFIX, values, undefined)).toBe(values);
    expect(withLogin("maestro-other", values, "web_1")).toBe(values);
  });
});

const MARK = "maestro: login of web in web";

function catalog(roles: Record<string, string | null> = {}, owner = "web"): Catalog {
  const all = Object.entries({ postgres: null, web: null, api: null, ...roles });
  return {
    roles: all.map(([name, comment]) => ({ name, comment, superuser: name === "postgres" })),
    databases: [{ name: "web", owner, open: ["postgres", owner] }],
  };
}

function wanted(changes: Partial<WantedUse> = {}): WantedUse {
  const names = { service: "web", login: "web_2", named: "web", database: "web" };
  return { ...names, password: "it's", usedBefore: ["web"], ...changes };
}

const raw: DatabaseUse = { login: "web", named: "web", database: "web" };
const first: DatabaseUse = { login: "web_1", named: "web", database: "web" };

describe("planRoles", () => {
  const problemOf = (changes: Partial<WantedUse>, from = catalog()) =>
    planRoles(from, [wanted(changes)], [raw]).problems;

  it("makes a member of the role that owns the database, and leaves what others log in with", () => {
    const { sql, problems } = planRoles(catalog(), [wanted()], [raw]);
    expect(problems).toEqual([]);
    expect(sql).toContain('GRANT "web" TO "web_2";');
    expect(sql).toContain("ALTER ROLE \"web_2\" SET role = 'web';");
    expect(sql).toContain("ALTER ROLE \"web_2\" LOGIN PASSWORD 'it''s';");
    expect(sql).not.toContain('ALTER ROLE "web" LOGIN PASSWORD');
  });

  it("gives the named role the password where no set names it", () => {
    const { sql } = planRoles(catalog(), [wanted()], []);
    expect(sql).toContain("ALTER ROLE \"web\" LOGIN PASSWORD 'it''s';");
  });

  it("takes another user for the same database where its name begins with the owner's", () => {
    const { sql, problems } = planRoles(catalog(), [wanted({ named: "web_b" })], [raw]);
    expect(problems).toEqual([]);
    expect(sql).toContain("ALTER ROLE \"web_b\" SET role = 'web';");
  });

  it.each<[string, Partial<WantedUse>, Catalog | undefined]>([
    [
      "belongs to web, not to shop; name user web, or one whose name begins with web_",
      { named: "shop" },
      undefined,
    ],
    ["belongs to web, and role api may not use it; name user web", { named: "api" }, undefined],
    [
      "database shop is not there, and the release before uses web; a new one would be empty",
      { database: "shop" },
      undefined,
    ],
    [
      "belongs to postgres, who may do everything in the server",
      { named: "postgres_1" },
      catalog({}, "postgres"),
    ],
    ["role web_2 is there and not this program's", {}, catalog({ web_2: null })],
    [
      "role web_9 is a login of database shop",
      { named: "web_9" },
      catalog({ web_9: "maestro: login of web in shop" }),
    ],
  ])("refuses: %s", (message, changes, from) => {
    expect(problemOf(changes, from)).toEqual([expect.stringContaining(message)]);
  });

  it("names every problem, and PostgreSQL's own roles are refused as ever", () => {
    const two = [wanted({ named: "shop" }), wanted({ service: "api", named: "other" })];
    expect(planRoles(catalog(), two, []).problems).toHaveLength(2);
    expect(() => planRoles(catalog(), [wanted({ named: "postgres" })], [])).toThrow("own role");
  });
});

describe("settleSql", () => {
  const roles = { web: "maestro: owner of a database", web_1: MARK, web_2: MARK };

  it("drops logins that no set uses, whoever serves, and no role that it has not made", () => {
    const sql = settleSql(catalog(roles), [raw], [raw]);
    expect(sql).toContain('DROP ROLE "web_1";');
    expect(sql).toContain('DROP ROLE "web_2";');
    expect(sql).not.toMatch(/ROLE "(?:web|api|postgres)"/);
  });

  it("does nothing where all are used and a set logs in under the name itself", () => {
    const second = { ...first, login: "web_2" };
    expect(settleSql(catalog(roles), [raw, first, second], [first])).toBe("");
  });

  it("lets the named role follow what serves, and locks one that no set names", () => {
    const sql = settleSql(catalog({ ...roles, web_2: null }), [first], [first]);
    expect(sql).toMatch(/^SELECT format\('ALTER ROLE %I LOGIN PASSWORD %L', 'web'/);
    expect(sql.split("\n")).toHaveLength(1);
    expect(settleSql(catalog({ web: roles.web }), [], [])).toBe('ALTER ROLE "web" PASSWORD NULL;');
  });
});
