import { hideValues, parseAddress, secretsOf } from "../../../../rules/health/dependency";

const SCHEMES = { postgres: 5432, postgresql: 5432 };
const parse = (address: string) => parseAddress("DATABASE_URL", address, SCHEMES);

describe("an address that is a secret", () => {
  it("is taken apart as services take it", () => {
    const { parameters, ...parts } = parse("postgresql+psycopg://web:p%40ss@db.internal/shop?sslmode=require\n"); // prettier-ignore
    expect(parts).toEqual({
      ...{ scheme: "postgresql", host: "db.internal", port: 5432 },
      ...{ username: "web", password: "p@ss", path: "shop" },
    });
    expect(parameters.get("sslmode")).toBe("require");
    expect(parse("postgres://[fd00::1]:6000/x")).toMatchObject({ host: "fd00::1", port: 6000 });
  });

  it.each([
    ["hunter2", "must be an address (value hidden)"],
    ["postgres://web:%zz@db/shop", "must be an address (value hidden)"],
    [
      "mysql://web:hunter2@db/shop",
      "must begin with postgres:// or postgresql:// and a host (value hidden)",
    ],
    ["postgres:///shop", "must begin with postgres:// or postgresql:// and a host (value hidden)"],
  ])("is not shown where it is none: %s", (address, says) => {
    expect(() => parse(address)).toThrow(new Error(`secret DATABASE_URL: ${says}`));
  });
});

describe("the secrets of a dependency", () => {
  it("are those that it is asked with", () => {
    expect(secretsOf({ kind: "postgres", url: "A" })).toEqual(["A"]);
    expect(secretsOf({ kind: "redis", address: "cache:6379" })).toEqual([]);
    expect(secretsOf({ kind: "redis", address: "cache:6379", password: "B" })).toEqual(["B"]);
    const client = { clientId: "web", clientSecret: "C" };
    expect(secretsOf({ kind: "openid", issuer: "https://id", ...client })).toEqual(["C"]);
  });

  it("are in nobody's words", () => {
    const words = "no user hunter2, no key abc\n, no x, and not p@ss";
    const values = ["hunter2", "abc\n", "x", "redis://:p%40ss@cache"];
    expect(hideValues(words, values)).toBe(
      "no user (hidden), no key (hidden), no x, and not (hidden)",
    );
  });
});
