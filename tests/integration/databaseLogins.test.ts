import { existsSync } from "node:fs";
import path from "node:path";
import { DatabaseStack, NEVER_READY, OWNER, REFUSED } from "../support/databaseStack";
import { derive, SERVICE } from "../support/migrationStack";
import { succeed } from "../support/testStack";

jest.setTimeout(600_000);

const stack = new DatabaseStack("itest-logins");
let digests: Record<"first" | "expanded" | "neverReady", string>;
/** Addresses as they are delivered: of the set from before there were logins, and of later ones. */
let before = "";
let second = "";

const READY = /"ready"/;
const ask = (url: string) => stack.ask(url, "SELECT count(*) > 0 FROM jobs");

beforeAll(async () => {
  digests = {
    first: await derive("first"),
    expanded: await derive("expanded"),
    neverReady: await derive("never-ready", NEVER_READY),
  };
  await stack.begin();
});

afterAll(() => stack.end());

describe("a database whose password changes", () => {
  it("goes on under the name in its address where it did so before", async () => {
    await stack.releaseAsBefore(digests.first);
    await stack.release(digests.first);
    await stack.post(stack.url, "by the first");
    before = await stack.deliveredUrl("green");
    expect(new URL(before).username).toBe(OWNER);
    expect(await stack.deliveredUrl("blue")).toBe(before);
    expect(await stack.logins()).toEqual([]);
    // What an operator has set for the role.
    await stack.sql(`ALTER ROLE ${OWNER} SET statement_timeout = '47s'`);
    await stack.sql(`ALTER ROLE ${OWNER} IN DATABASE ${OWNER} SET search_path TO public, "Odd"`);
    expect(existsSync(path.join(stack.directory, "records", "databases.json"))).toBe(false);
  });

  it("serves on, restarted or not, when the release with the new password is rejected, and takes that away", async () => {
    const stored = await stack.rotate({ password: "the-rejected-one" });
    stack.use({ [SERVICE]: digests.neverReady }, {}, 10);
    const { exitCode, output } = await stack.up();
    expect(output).toContain("is rejected");
    expect(exitCode).not.toBe(0);
    const rejected = await stack.deliveredUrl("blue");
    expect(new URL(rejected).password).toBe("the-rejected-one");
    expect(await ask(rejected)).toContain(REFUSED);
    expect(await ask(stored)).toContain(REFUSED);
    expect(await stack.logins()).toEqual([]);
    expect(await stack.restart("green")).toMatch(READY);
    expect(await stack.jobs(stack.url)).toEqual(["by the first"]);
  });

  it("is used under both while two sets exist, and what either makes is everybody's", async () => {
    await stack.rotate({ password: "the-second-one" });
    await stack.release(digests.expanded);
    second = await stack.deliveredUrl("blue");
    expect(new URL(second).username).not.toBe(OWNER);
    expect(await stack.owners()).toBe(OWNER);
    const settings = "SHOW statement_timeout; SHOW search_path; SELECT current_user";
    expect(await stack.ask(second, settings)).toBe(`47s\npublic, "Odd"\n${OWNER}`);
    for (const color of await stack.colors()) expect(await stack.restart(color)).toMatch(READY);
    await stack.post(stack.url, "by the second");
    await stack.post(stack.previewUrl, "by the first, later");
    expect(await stack.jobs(stack.previewUrl)).toHaveLength(3);
    expect(
      await stack.ask(before, "CREATE TABLE old_made (n int); INSERT INTO old_made VALUES (1)"),
    ).toBe("");
    const changed = "ALTER TABLE old_made ADD m int; CREATE TABLE new_made (n int); TABLE old_made";
    expect(await stack.ask(second, changed)).toBe("1|");
    expect(await stack.ask(before, "DROP TABLE old_made, new_made")).toBe("");
    // A session may leave the owner's role: what it makes is handed over with the next release.
    expect(await stack.ask(second, "SET ROLE NONE; CREATE TABLE stray (n int)")).toBe("");
    expect((await stack.owners()).split("\n")).toHaveLength(2);
  });

  it("is rolled back to the set with the old one, and forward again", async () => {
    await succeed(stack.operation("rollback"));
    expect(await stack.jobs(stack.url)).toHaveLength(3);
    expect(await stack.restart("green")).toMatch(READY);
    await succeed(stack.operation("rollback"));
    expect(await stack.jobs(stack.url)).toHaveLength(3);
  });

  it("no longer knows the oldest once its set is replaced; the name in the address goes with what serves", async () => {
    await succeed(stack.secrets(["rotate", "--service", SERVICE, "DATABASE_URL"]));
    await stack.release(digests.expanded);
    const third = await stack.deliveredUrl("green");
    const stored = Object.assign(new URL(third), { username: OWNER }).href;
    expect(new URL(third).password).toHaveLength(48);
    expect(await ask(before)).toContain(REFUSED);
    expect(await ask(second)).toBe("t");
    expect(await ask(third)).toBe("t");
    expect(await ask(stored)).toBe("t");
    expect(await stack.logins()).toHaveLength(2);
    // As after a restart of the host.
    await succeed(stack.secrets(["deliver"]));
    expect(await stack.deliveredUrl("blue")).toBe(second);
    expect(await stack.restart("blue")).toMatch(READY);
    // What a session had made that left the role was handed over.
    expect(await stack.owners()).toBe(OWNER);
  });

  it("converges after a kill between the new role and the gate, whatever is asked for next", async () => {
    const logins = await stack.logins();
    const serving = await stack.deliveredUrl("green");
    const versionBefore = (await stack.secretVersions())[0]!;
    await stack.rotate({ password: "the-killed-one" });
    await stack.upKilledAt(/migration-run (creating|updating)/);
    await succeed(stack.operation("unlock"));
    expect(await stack.logins()).toHaveLength(3);
    expect(await ask(serving)).toBe("t");
    const [version = ""] = await stack.secretVersions();
    await succeed(stack.secrets(["restore", "--service", SERVICE, versionBefore]));
    // What serves is asked for: the set goes, and its login with it.
    await stack.release(digests.expanded);
    expect(await stack.logins()).toEqual(logins.filter((name) => serving.includes(name)));
    await succeed(stack.secrets(["restore", "--service", SERVICE, version]));
    await stack.release(digests.expanded);
    expect(await ask(await stack.deliveredUrl("blue"))).toBe("t");
    expect(await ask(serving)).toBe("t");
  });

  it("may be reached under another user's name, and is never changed for an empty one", async () => {
    await stack.rotate({ pathname: "/automation_servise" });
    const wrong = await stack.deploy(digests.expanded);
    expect(wrong.exitCode).not.toBe(0);
    expect(wrong.output).toContain(
      `database automation_servise is not there, and the release before uses ${OWNER}; a new one would be empty`,
    );
    await stack.rotate({ pathname: `/${OWNER}`, username: "somebody" });
    const stranger = await stack.deploy(digests.expanded);
    expect(stranger.exitCode).not.toBe(0);
    expect(stranger.output).toContain(
      `name user ${OWNER}, or one whose name begins with ${OWNER}_`,
    );
    const stored = await stack.rotate({ username: `${OWNER}_b`, password: "b" });
    await stack.release(digests.expanded);
    expect(await ask(stored)).toBe("t");
    expect(await stack.owners()).toBe(OWNER);
    expect(await stack.jobs(stack.url)).toHaveLength(3);
    expect(await stack.jobs(stack.previewUrl)).toHaveLength(3);
    const [backup] = await stack.migrate<{ file: string }[]>("backup");
    await stack.sql("DELETE FROM jobs");
    await stack.migrate("restore", "--service", SERVICE, "--file", backup!.file);
    expect(await stack.jobs(stack.url)).toHaveLength(3);
    expect(await stack.owners()).toBe(OWNER);
  });
});

describe("a database's server", () => {
  it("is not taken away for an image that cannot be had or cannot read the data, nor for none", async () => {
    const server = () => stack.containers().then((all) => all.get(stack.database)?.id);
    const before = await server();
    const release = { [SERVICE]: digests.expanded };
    stack.useMissingServer();
    stack.use(release);
    const missing = await stack.up();
    expect(missing.exitCode).not.toBe(0);
    expect(missing.output).toMatch(/maestro:postgres\.image: image \S+ cannot be pulled/);
    await stack.useServerOf("99.1");
    stack.use(release);
    const other = await stack.up();
    expect(other.exitCode).not.toBe(0);
    expect(other.output).toMatch(/is PostgreSQL 99, which cannot read the data of \d+ in volume/);
    stack.useNoServer();
    stack.use(release);
    const gone = await stack.up();
    expect(gone.exitCode).not.toBe(0);
    expect(gone.output).toContain("maestro:postgres: is missing, and would be taken away");
    expect(await server()).toBe(before);
    expect(await stack.jobs(stack.url)).toHaveLength(3);
  });
});
