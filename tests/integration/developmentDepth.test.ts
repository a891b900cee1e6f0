import execa from "execa";
import { changePassword, startProvider, startRedis } from "../support/dependencyServers";
import type { DependencyServer } from "../support/dependencyServers";
import { CLIENT_SECRET, DepthStack, FLASK, PASSWORD } from "../support/depthStack";
import { MetricsReader } from "../support/metricsReader";
import { SERVICE } from "../support/migrationStack";
import { until } from "../support/watchedStack";

jest.setTimeout(300_000);

const stack = new DepthStack("itest-depth");
let redis: DependencyServer;
let provider: DependencyServer;

const cache = { kind: "redis", url: "REDIS_URL" };
const identity = (changes: object = {}) => ({
  ...{ kind: "openid", issuer: stack.issuer, clientId: "web", clientSecret: "OIDC_SECRET" },
  ...changes,
});
const beginRedis = () => startRedis(stack.gateway, stack.redisPort, PASSWORD);

beforeAll(async () => {
  await stack.beginDepth();
  redis = await beginRedis();
  const named = { issuer: stack.issuer, secret: CLIENT_SECRET };
  provider = await startProvider(stack.gateway, stack.providerPort, named);
});

afterAll(async () => {
  await Promise.all([redis?.stop(), provider?.stop()]);
  await stack.end();
});

describe("a set that is looked at in depth", () => {
  it("is well down to what its services use, with their own secrets and from their network", async () => {
    stack.declare({ cache, identity: identity() });
    const { exitCode, found } = await stack.looks();
    const said = (row: string) => `${found.get(row)?.condition}: ${found.get(row)?.says}`;
    expect(said(`${FLASK} cache`)).toMatch(
      /^good: 10[.\d]+:\d+: Redis \d+\.\S+, master, \d+ MB of no limit, 0 evicted$/,
    );
    expect(said(`${FLASK} identity`)).toMatch(
      /^good: http:\S+: 1 keys, token for 300 s, signed by RS256$/,
    );
    expect(said(`${SERVICE} database`)).toMatch(
      /^good: automation_service_\w+ on \S+-postgres:5432: PostgreSQL \d+\.\d+[^,]*, \d+ of 100 connections$/,
    );
    expect(said(`${FLASK} readiness: database`)).toBe('good: "true"');
    expect(said(`${FLASK} readiness: cache`)).toBe('good: "true"');
    expect([...found.values()].filter(({ condition }) => condition !== "good")).toEqual([]);
    const checks = ["containers", "restarts", "readiness", "http", "memory", "log"];
    const wanted = [FLASK, SERVICE].flatMap((name) => checks.map((check) => `${name} ${check}`));
    expect([...found.keys()]).toEqual(expect.arrayContaining(["- edge", ...wanted]));
    expect(exitCode).toBe(0);
  });

  it("is shown as a table, without a secret, and leaves no container", async () => {
    const before = [...(await stack.containers()).keys()];
    const { exitCode, stdout, stderr } = await stack.deep([FLASK]);
    expect([exitCode, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/SERVICE +CHECK +RESULT +TIME +DETAIL/);
    expect(stdout).toMatch(/● flask +cache +good +\d+ ms +10/);
    expect(stdout).not.toContain(SERVICE);
    expect(stdout).not.toMatch(/the-c\S+'s/);
    expect([...(await stack.containers()).keys()]).toEqual(before);
  });

  it("names each provider, client and secret that services get no token with, and what mends it", async () => {
    const renamed = { issuer: "https://id.example.com/", secret: CLIENT_SECRET };
    const [port, closed] = [stack.providerPort + 1, stack.providerPort + 2];
    const other = await startProvider(stack.gateway, port, renamed);
    stack.declare({
      renamed: identity({ issuer: `http://${stack.gateway}:${port}` }),
      expired: identity({ clientId: "expired" }),
      unknown: identity({ clientId: "nobody" }),
      wrong: identity({ clientSecret: "REDIS_URL" }),
      silent: identity({ issuer: `http://${stack.gateway}:${closed}` }),
      opaque: identity({ clientId: "opaque" }),
      keys: { kind: "openid", issuer: stack.issuer },
    });
    const { exitCode, found } = await stack.looks(FLASK).finally(() => other.stop());
    const said = (row: string) => {
      const { condition, says, mend = "" } = found.get(`${FLASK} ${row}`)!;
      return `${condition}: ${says}; ${mend}`;
    };
    expect(exitCode).toBe(2);
    expect(said("renamed")).toMatch(
      /^bad: names itself "https:\/\/id\.example\.com\/", wanted "http:\S+"; write the issuer as/,
    );
    expect(said("expired")).toMatch(/^bad: .* gives expired no token: invalid_client, .*expired/);
    expect(said("unknown")).toMatch(/^bad: .* gives nobody no token: invalid_client.*; see that/);
    expect(said("wrong")).toMatch(/^bad: .* gives web no token: invalid_client.*REDIS_URL is its/);
    expect(said("silent")).toMatch(/^bad: \S+ cannot be reached: Connection refused; start it/);
    expect(said("opaque")).toMatch(/^good: .*token for 600 s, which only the provider can read; $/);
    expect(said("keys")).toMatch(/^good: http:\S+: 1 keys; $/);
  });

  it("names a cache that takes another password by now, and one that is gone, and waits for it", async () => {
    stack.declare({ cache, identity: identity() });
    await changePassword(stack.gateway, stack.redisPort, [PASSWORD, "another"]);
    const changed = await stack.looks(FLASK);
    expect(changed.exitCode).toBe(2);
    expect(changed.found.get(`${FLASK} cache`)).toMatchObject({
      condition: "bad",
      says: expect.stringContaining("WRONGPASS") as string,
      mend: expect.stringContaining("set secret REDIS_URL") as string,
    });
    expect(changed.found.get(`${FLASK} identity`)?.condition).toBe("good");
    await redis.stop();
    let started: Promise<DependencyServer> | null = null;
    let words = "";
    const waited = await stack.deep(["--wait", "--timeout", "2m"], (said) => {
      words += said;
      if (words.includes("flask cache")) started ??= beginRedis();
    });
    redis = await started!;
    expect(words).toMatch(/flask cache: \S+ cannot be reached: Connection refused/);
    expect([waited.exitCode, waited.stdout]).toEqual([0, expect.stringMatching(/cache +good/)]);
  });

  it("names a database that is stopped, and one that does not let the service in", async () => {
    const database = async () => {
      const { exitCode, found } = await stack.looks(SERVICE);
      const { condition, says, mend } = found.get(`${SERVICE} database`)!;
      return { exitCode, condition, says, mend };
    };
    const users = "SELECT rolname FROM pg_roles WHERE rolname LIKE 'automation_service_%'";
    const role = await stack.sql(users);
    await stack.sql(`ALTER ROLE "${role}" NOLOGIN`);
    expect(await database()).toMatchObject({
      ...{ exitCode: 2, condition: "bad" },
      says: expect.stringContaining(`role "${role}" is not permitted to log in`) as string,
      mend: expect.stringContaining("set secret DATABASE_URL") as string,
    });
    await stack.sql(`ALTER ROLE "${role}" LOGIN`);
    await execa("docker", ["stop", "--time", "1", stack.database]);
    const stopped = await database();
    expect(stopped).toMatchObject({ exitCode: 2, condition: "bad" });
    expect(stopped.says).toMatch(/-postgres:5432 cannot be reached: /);
    expect(stopped.mend).toContain(`docker start ${stack.database}`);
    const late = await stack.deep([SERVICE, "--wait", "--timeout", "1s"]);
    expect([late.exitCode, late.stderr]).toEqual([
      2,
      expect.stringContaining("not well after 1 s"),
    ]);
    await execa("docker", ["start", stack.database]);
    expect((await stack.deep([SERVICE, "--wait", "--timeout", "2m"])).exitCode).toBe(0);
  });

  it("must be there, with the service", async () => {
    const idle = await stack.deep(["--set", "idle"]);
    expect([idle.exitCode, idle.stderr]).toEqual([1, expect.stringContaining("holds no release")]);
    const none = await stack.deep(["flsk"]);
    expect([none.exitCode, none.stderr]).toEqual([1, expect.stringContaining("`flask`")]);
  });
});

describe("the exporter of a stack with a database server", () => {
  it("tells of connections and databases, and that the server is down", async () => {
    const reader = await MetricsReader.start(stack, "");
    const valueOf = async (name: string, wanted: object = {}) =>
      (await reader.samples(`maestro_postgres_${name}`)).find(({ labels }) =>
        Object.entries(wanted).every(([key, value]) => labels[key] === value),
      )?.value;
    const database = "automation_service";
    try {
      await until("the server answers", async () => (await valueOf("up")) === 1);
      expect(await valueOf("connections")).toBeGreaterThanOrEqual(0);
      expect(await valueOf("connections_max")).toBe(100);
      expect(await valueOf("database_bytes", { database })).toBeGreaterThan(1_000_000);
      expect(await valueOf("transactions_total", { database, end: "commit" })).toBeGreaterThan(0);
      expect(await valueOf("database_bytes", { database: "postgres" })).toBeUndefined();
      // It takes connections, and says nothing: nobody waits for it, and the other figures come.
      await execa("docker", ["kill", "--signal", "STOP", stack.database]);
      expect(await valueOf("up")).toBe(0);
      expect((await reader.samples("maestro_container_up")).length).toBeGreaterThan(0);
      await execa("docker", ["kill", "--signal", "CONT", stack.database]);
      await until("the server answers again", async () => (await valueOf("up")) === 1);
      await execa("docker", ["stop", stack.database]);
      expect([await valueOf("up"), await valueOf("connections")]).toEqual([0, undefined]);
    } finally {
      await reader.stop();
      await execa("docker", ["start", stack.database]);
    }
  });
});
