import { connectEngine, containerState } from "../../host/engine";
import { OpenLoopLoad } from "../load/openLoopLoad";
import { derive, MigrationStack, SERVICE } from "../support/migrationStack";
import { readFileSync, writeFileSync } from "node:fs";

jest.setTimeout(600_000);

const stack = new MigrationStack("itest-migrate");
let digests: Record<"first" | "expanded" | "contracted", string>;

beforeAll(async () => {
  digests = {
    first: await derive("first"),
    expanded: await derive("expanded"),
    contracted: await derive("contracted"),
  };
  await stack.begin();
});

afterAll(() => stack.end());

const activeColor = async () => (await stack.outputs()).activeColor;

describe("a release with a database", () => {
  it("is migrated before its containers start, by a container that is gone afterwards", async () => {
    const output = await stack.release(digests.first);
    expect(output).toContain(`${SERVICE}: migrated from nothing to 0001`);
    expect(output.indexOf("migrated from nothing")).toBeLessThan(output.indexOf("set proven"));
    expect(await stack.revision()).toBe("0001");
    expect(await containerState(connectEngine(), `${stack.prefix}-migrate-${SERVICE}`)).toBeNull();
    const events = await stack.host.records.events.list();
    expect(events.map(({ kind }) => kind)).toEqual([
      "claimed",
      "secrets delivered",
      "migrated",
      "proven",
      "moved",
    ]);
    expect(events[2]).toMatchObject({ service: SERVICE, reason: "from nothing to 0001" });
    await stack.post(stack.url, "by the first");
  });

  it("shows what the next one would run, and what of it is destructive", async () => {
    stack.use({ [SERVICE]: digests.contracted });
    const { output } = await stack.preview();
    expect(output).toMatch(
      /automation-service: its database is at 0001; pending: 0002 \(title beside name.*\), 0003 \(.*\), 0004 \(/,
    );
    expect(output).toMatch(
      /its SQL:\s+-- Running upgrade 0001 -> 0002\s+ALTER TABLE jobs ADD COLUMN title text;/,
    );
    expect(output).not.toContain("alembic_version");
    expect(output).toContain("destructive (drop): ALTER TABLE jobs DROP COLUMN name");
    const [plan] =
      await stack.migrate<{ from: string[]; sql: string; destructive: object[] }[]>("plan");
    expect(plan?.from).toEqual(["0001"]);
    expect(plan?.sql).toContain("ALTER TABLE jobs ADD COLUMN title text");
    expect(plan?.sql).not.toContain("CREATE TABLE jobs");
    expect(plan?.destructive).toEqual([
      expect.objectContaining({ kind: "drop", statement: "ALTER TABLE jobs DROP COLUMN name" }),
      expect.objectContaining({ kind: "not null" }),
    ]);
    expect(await stack.revision()).toBe("0001");
  });

  it("loses nothing in an expansion, and each version reads what the other has written", async () => {
    const load = new OpenLoopLoad({
      baseUrl: stack.url,
      getPaths: [`/${SERVICE}/version`, `/${SERVICE}/jobs`],
      postPaths: [`/${SERVICE}/echo`],
      requestsPerSecond: 50,
      connections: 8,
    });
    await stack.release(digests.expanded);
    await stack.post(stack.url, "by the second");
    // The first one waits on the idle set, on the same database.
    await stack.post(stack.previewUrl, "by the first, later");
    const all = ["by the first", "by the second", "by the first, later"];
    expect(await stack.jobs(stack.url)).toEqual(all);
    expect(await stack.jobs(stack.previewUrl)).toEqual(all);
    // Revision 0002 is marked compatible: the way back is open.
    await stack.release(digests.first);
    expect(await stack.jobs(stack.url)).toEqual(all);
    await stack.release(digests.expanded);
    const { lost, sent } = await load.stop();
    expect(lost).toEqual([]);
    expect(sent).toBeGreaterThan(100);
  });

  it("takes a backup before a contraction, and cannot be rolled back over it", async () => {
    // The plan above is from revision 0001 on, and so no longer holds.
    stack.use({ [SERVICE]: digests.contracted });
    await stack.migrate("plan");
    const output = await stack.release(digests.contracted);
    expect(output).toContain("destructive (drop): ALTER TABLE jobs DROP COLUMN name");
    expect(output).toMatch(/backup \S+\.dump/);
    expect(await stack.revision()).toBe("0004");
    const before = [await activeColor(), [...(await stack.containers())]];
    const refused = await stack.deploy(digests.expanded);
    expect(refused.exitCode).not.toBe(0);
    expect(refused.output).toMatch(
      /services.automation-service: release \w+ is refused: its database is at revision 0004; the release does not know 0004, which is not marked compatible/,
    );
    expect([await activeColor(), [...(await stack.containers())]]).toEqual(before);
    expect((await stack.preview()).output).toContain("is refused");
  });

  it("can be rolled back over it once the operator says that it may, or has gone down", async () => {
    await stack.release(digests.expanded, { compatible: { [SERVICE]: ["0004"] } });
    expect(await stack.jobs(stack.url)).toHaveLength(3);
    await stack.release(digests.contracted);
    expect(await stack.migrate("down", "--service", SERVICE)).toEqual([
      { service: SERVICE, before: ["0004"], after: ["0003"], undone: ["0004"] },
    ]);
    await stack.release(digests.expanded);
    expect(await stack.migrate("status")).toEqual([
      expect.objectContaining({ service: SERVICE, present: ["0003"] }),
    ]);
  });

  it("is restored from an encrypted backup, and never from one that was changed", async () => {
    stack.extraEnvironment["MAESTRO_BACKUP_PASSPHRASE"] = "open sesame";
    const [made] = await stack.migrate<{ file: string }[]>("backup");
    const file = made!.file;
    expect(readFileSync(file).subarray(0, 15).toString()).toBe("maestro-backup-");
    await stack.sql("DELETE FROM jobs");
    await stack.migrate("restore", "--service", SERVICE, "--file", file);
    expect(await stack.jobs(stack.url)).toHaveLength(3);
    expect((await stack.host.records.events.list()).at(-1)).toMatchObject({
      kind: "restored",
      service: SERVICE,
      reason: `its database from ${file}`,
    });
    writeFileSync(file, Buffer.concat([readFileSync(file), Buffer.from("x")]));
    await expect(stack.migrate("restore", "--service", SERVICE, "--file", file)).rejects.toThrow(
      "its checksum differs, so it is not restored",
    );
  });

  it("keeps passwords out of what Docker shows and what the update says", async () => {
    const password = await stack.password();
    expect(password.length).toBeGreaterThan(20);
    expect(await stack.everythingShown()).not.toContain(password);
  });
});
