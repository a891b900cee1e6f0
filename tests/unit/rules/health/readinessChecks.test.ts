import { checkNames, findCheck } from "../../../../rules/health/readinessChecks";

/** Answers as those who write them document them; each has a database that is well and a cache that is not. */
const ANSWERS: Readonly<Record<string, unknown>> = {
  "a plain map of words": { database: "ok", cache: "timeout" },
  "a plain map of flags": { database: true, cache: false },
  "Spring Boot": {
    status: "DOWN",
    components: {
      database: { status: "UP", details: { validationQuery: "isValid()" } },
      cache: { status: "DOWN" },
    },
  },
  "MicroProfile (Quarkus, Helidon)": {
    status: "DOWN",
    checks: [
      { name: "database", status: "UP" },
      { name: "cache", status: "DOWN", data: { host: "redis" } },
    ],
  },
  "health+json": {
    status: "fail",
    checks: {
      "database:connections": [{ componentType: "datastore", status: "pass" }],
      "database:responseTime": [{ status: "warn", observedValue: 250 }],
      "cache:connections": [{ status: "pass" }, { status: "fail" }],
    },
  },
  "ASP.NET Core": {
    status: "Unhealthy",
    entries: { Database: { status: "Healthy" }, cache: { status: "Unhealthy" } },
  },
  "NestJS Terminus": {
    status: "error",
    info: { database: { status: "up" } },
    error: { cache: { status: "down" } },
    details: { database: { status: "up" }, cache: { status: "down", message: "refused" } },
  },
  "py-healthcheck": {
    hostname: "a1",
    status: "failure",
    results: [
      { checker: "database", output: "ok", passed: true },
      { checker: "cache", output: "refused", passed: false },
    ],
  },
};

describe("a readiness answer", () => {
  it.each(Object.entries(ANSWERS))("tells of its parts: %s", (_name, answer) => {
    expect(findCheck(answer, "database")?.isWell).toBe(true);
    expect(findCheck(answer, "cache")?.isWell).toBe(false);
    expect(findCheck(answer, "identity")).toBeNull();
  });

  it("is not well in a part that says nothing that is understood", () => {
    expect(findCheck({ database: { latency: 3 } }, "database")).toEqual({
      isWell: false,
      says: '{"latency":3}',
    });
    expect(findCheck({ database: null }, "database")?.isWell).toBe(false);
    expect(findCheck({ checks: { database: [] } }, "database")?.isWell).toBe(false);
    expect(findCheck({ database: 0 }, "database")?.isWell).toBe(false);
  });

  it.each([[null], ["ok"], [3], [[]], [[null, 3, "database"]], [{ checks: null }]])(
    "names no part: %j",
    (answer) => {
      expect(findCheck(answer, "database")).toBeNull();
    },
  );

  it("names its parts for who looks for one in vain", () => {
    expect(checkNames(ANSWERS["Spring Boot"])).toEqual(["database", "cache", "components"]);
    expect(checkNames(ANSWERS["py-healthcheck"])).toContain("database");
  });

  it("shows no more of a part than belongs on a line", () => {
    const { says } = findCheck({ database: `down\n${"x".repeat(500)}` }, "database")!;
    expect(says).toHaveLength(80);
    expect(says).toMatch(/^down\?x/);
  });
});
