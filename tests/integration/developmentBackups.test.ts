import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import execa from "execa";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { BackedUpRedis, backsUpOtherDatabase } from "../support/backedUpRedis";
import { backsUpToS3 } from "../support/backedUpToS3";
import { BackupStack } from "../support/backupStack";
import { ensureGoBinary } from "../support/foreignImages";
import { derive, SERVICE } from "../support/migrationStack";
import { succeed } from "../support/testStack";
import { Moto, MOTO_REGION } from "../support/moto";
import { ensureCommands } from "../../toolchain/setup/packages";
import { besideName } from "../../rules/backups/databaseScripts";

jest.setTimeout(600_000);

const stack = new BackupStack("itest-backups");
const DATABASE = "automation_service";
const SCRATCH = besideName("scratch", DATABASE);
const exists = (database: string) =>
  `SELECT count(*) > 0 FROM pg_database WHERE datname = '${database}'`;
const DUMP_WAITS =
  "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name = 'pg_dump'";
let redis: BackedUpRedis;
let digests: Record<"expanded" | "contracted", string>;

beforeAll(async () => {
  digests = { expanded: await derive("expanded"), contracted: await derive("contracted") };
  redis = await BackedUpRedis.choose(stack.subnet);
  stack.secretsBeside = ["REDIS_URL"];
  await stack.beginBackups();
  await succeed(stack.secrets(["set", "--service", SERVICE, "REDIS_URL"], redis.url));
  await stack.release(digests.expanded);
  await redis.start();
  await stack.post(stack.url, "before the backup");
});

afterAll(async () => {
  await redis.stop();
  await stack.end();
  stack.forget();
});

describe("a backup", () => {
  it("is encrypted, and age itself reads what PostgreSQL's own tools understand", async () => {
    const taken = await stack.take();
    expect(taken).toMatchObject({ encryption: "age", release: (await stack.outputs()).release.id });
    expect(taken.databases).toMatchObject([
      { database: DATABASE, services: [SERVICE], rows: { "public.jobs": 1 } },
    ]);
    const dump = readFileSync(path.join(stack.files, taken.databases[0]!.file));
    expect(dump.subarray(0, 21).toString()).toBe("age-encryption.org/v1");
    const age = await ensureGoBinary("age", "filippo.io/age/cmd/age", "age");
    const opened = await execa(age, ["-d", "-i", stack.keyFile], { input: dump, encoding: null });
    expect(opened.stdout.subarray(0, 5).toString()).toBe("PGDMP");
    const sealed = readFileSync(path.join(stack.files, taken.stackFiles.file));
    const tar = await execa(age, ["-d", "-i", stack.keyFile], { input: sealed, encoding: null });
    const { stdout: names } = await execa("tar", ["-t"], { input: tar.stdout });
    expect(names.split("\n")).toEqual(
      expect.arrayContaining([
        `configuration/Pulumi.${stack.name}.yaml`,
        `configuration/Pulumi.${stack.name}.secrets.yaml`,
        "configuration/services.yaml",
        "records/switch.json",
        "records/events/00000001.json",
        "state.json",
      ]),
    );
    const events = await stack.host.records.events.list();
    expect(events.at(-1)).toMatchObject({ kind: "backed up", reason: `${taken.name}, by hand` });
  });

  it("is verified by a restore, and found out when a byte of it was changed", async () => {
    expect(await stack.ask("backup", "verify")).toMatchObject({
      databases: [{ database: DATABASE, rows: 2 }],
    });
    const [{ databases }] = await stack.ask<[{ databases: [{ file: string }] }]>("backup", "list");
    const mend = stack.damage(databases[0].file);
    const damaged = await stack.run("backup", "verify");
    mend();
    expect(damaged.exitCode).toBe(1);
    expect(damaged.output).toContain("was changed or cut short");
    expect(await stack.sql(exists(SCRATCH))).toBe("f");
  });

  it("that was killed is none, and leaves no container", async () => {
    const before = await stack.ask<object[]>("backup", "list");
    const letGo = await stack.holdTable("jobs");
    await stack.runKilledWhen(DUMP_WAITS, "backup");
    await letGo();
    expect(await stack.ask<object[]>("backup", "list")).toEqual(before);
    await stack.untilNoContainer("backup");
  });
});

it("the unit and the timer are what systemd itself understands", async () => {
  await ensureCommands({ "systemd-analyze": "systemd" });
  const files = ["service", "timer"].map((kind) => path.join(stack.place, `backup.${kind}`));
  for (const [index, args] of [["unit"], ["unit", "--timer", "--at", "daily"]].entries()) {
    const { exitCode, output } = await stack.operation(`backup ${args.join(" ")}`);
    expect([exitCode, output]).toEqual([0, expect.stringContaining("[Unit]")]);
    writeFileSync(files[index]!, `${output}\n`);
  }
  // It ends with 0 for a key that it does not know, and says so.
  const { stdout, stderr } = await execa("systemd-analyze", ["verify", ...files]);
  expect([stdout, stderr]).toEqual(["", ""]);
});

describe("a restore", () => {
  it("loses nothing when it is killed, whenever that is", async () => {
    await stack.post(stack.url, "after the backup");
    const restore = ["restore", "--latest", "--yes"];
    const { output } = await stack.runKilledAt(/safety backup/, ...restore);
    const [safety] = /\d{8}T\d{6}Z-\w{4}/.exec(output) ?? [];
    expect(await stack.jobs(stack.url)).toHaveLength(2);
    const [named] = (await stack.ask<{ name: string }[]>("backup", "list")).slice(-1);
    expect(named!.name < safety!).toBe(true);
    const again = ["restore", named!.name, "--yes"];
    // As one that is killed in the middle leaves it.
    await stack.sql(`DROP DATABASE IF EXISTS ${SCRATCH} WITH (FORCE)`);
    await stack.sql(`CREATE DATABASE ${SCRATCH}`);
    await stack.runKilledAt(/restored beside the one in use/, ...again);
    // The server swaps all or nothing, whatever became of who has asked.
    const names = await stack.untilAgreed();
    expect([["before the backup"], ["after the backup", "before the backup"]]).toContainEqual(
      names,
    );
  });

  it("takes the place of what is in use at once, with owner and rights, and keeps what it has replaced", async () => {
    await stack.sql("ALTER DATABASE automation_service SET work_mem = '5MB'");
    const backups = await stack.ask<{ name: string; reason: string }[]>("backup", "list");
    const byHand = backups.find(({ reason }) => reason === "by hand")!;
    const done = await stack.ask<{ safety: string; replaced: string[] }>(
      ...["restore", byHand.name, "--yes"],
    );
    expect(await stack.untilJobs(1)).toEqual(["before the backup"]);
    await stack.post(stack.url, "after the restore");
    expect(await stack.untilJobs(2)).toHaveLength(2);
    expect(await stack.sql(exists(done.replaced[0]!))).toBe("t");
    expect(await stack.sql(exists(SCRATCH))).toBe("f");
    expect(await stack.sql("SHOW work_mem")).toBe("5MB");
    const owners =
      "SELECT DISTINCT pg_get_userbyid(datdba) FROM pg_database WHERE datname <> 'postgres' AND NOT datistemplate";
    expect(await stack.sql(owners)).toBe(DATABASE);
    const last = (await stack.host.records.events.list()).at(-1);
    expect(last).toMatchObject({ kind: "restored", service: SERVICE });
    expect(last?.reason).toContain(done.safety);
  });

  it("lets no update begin until its end, nor another command that would be in its way", async () => {
    const letGo = await stack.holdTable("jobs");
    const restored = stack.run("restore", "--latest", "--yes");
    await stack.until(DUMP_WAITS);
    const held = /`maestro restore` by \S+ has held the stack since 20\S+Z; wait until it ends/;
    const verified = await stack.run("backup", "verify");
    expect([verified.exitCode, verified.output]).toEqual([1, expect.stringMatching(held)]);
    const updated = await stack.deploy(digests.contracted);
    expect(updated.exitCode).not.toBe(0);
    expect(updated.output).toMatch(held);
    await letGo();
    expect(await restored).toMatchObject({ exitCode: 0 });
  });

  it("is kept out by what a killed update has noted, where its lock is elsewhere, until `unlock` takes that away", async () => {
    const environment = stack.extraEnvironment;
    environment["PULUMI_BACKEND_URL"] = "s3://elsewhere";
    const since = new Date(Date.now() - 600_000).toISOString();
    await stack.host.records.holds.beginUpdate({ release: "ec9ddeeb33f4", by: "ada", since });
    const owner = "the update to release ec9ddeeb33f4 by ada";
    const refused = await stack.run("restore", "--latest", "--yes");
    const unasked = await stack.operation("unlock");
    const freed = await stack.operation("unlock", "--yes");
    const again = await stack.operation("unlock", "--json");
    delete environment["PULUMI_BACKEND_URL"];
    expect(refused.output).toContain(`${owner} has run since ${since}; wait until it ends; where`);
    expect(unasked.output).toContain(
      `what these have left in ${stack.name} is taken away: ${owner}`,
    );
    expect(unasked.output).toContain("add --yes where nobody can be asked");
    expect(freed.output).toContain(`removed the lock of ${owner}, since ${since}, last heard of`);
    expect(again.output).toContain('"removed":[],"held":[]');
    const codes = [refused, unasked, freed, again].map(({ exitCode }) => exitCode);
    expect(codes).toEqual([1, 1, 0, 0]);
  });

  it("is refused where nobody can be asked, and without the key", async () => {
    const unasked = await stack.run("restore", "--latest");
    expect(unasked.output).toContain("add --yes where nobody can be asked");
    expect(unasked.exitCode).toBe(1);
    const keyless = await stack.operation("backup verify");
    expect(keyless.output).toContain("is encrypted; name the file with its key by --key-file");
  });
});

describe("a database that only its own commands know", () => {
  backsUpOtherDatabase({ stack, redis: () => redis, digest: () => digests.expanded });
});

describe("an S3-compatible store", () => {
  let moto: Moto;

  beforeAll(async () => {
    moto = await Moto.start();
    await new S3Client(moto.client).send(
      new CreateBucketCommand({
        Bucket: "backups",
        CreateBucketConfiguration: { LocationConstraint: MOTO_REGION },
      }),
    );
    Object.assign(stack.extraEnvironment, moto.environment);
  });

  afterAll(() => moto.stop());

  backsUpToS3({
    stack,
    settings: () => ({ to: "s3://backups/of/ours" }),
    digest: () => digests.expanded,
  });
});

describe("a release whose migrations are destructive", () => {
  it("is backed up first, by the stack's events, and its backup does not fit what serves then", async () => {
    const letGo = await stack.holdTable("jobs");
    const released = stack.release(digests.contracted);
    await stack.until(DUMP_WAITS);
    const early = await stack.run("restore", "--latest", "--yes");
    await letGo();
    expect([early.exitCode, early.output]).toEqual([
      1,
      expect.stringMatching(/an update runs, of \S+@\S+, process \d+, since 20\S+; wait until/),
    ]);
    const output = await released;
    expect(output).toMatch(/backup \d{8}T\d{6}Z-\w{4}, before migrations of automation-service/);
    const { release } = await stack.outputs();
    const events = await stack.host.records.events.list();
    const backedUp = events.findIndex(
      (event) => event.kind === "backed up" && event.release === release.id,
    );
    expect(events[backedUp + 1]).toMatchObject({ kind: "migrated" });
    const refused = await stack.run("restore", "--latest", "--yes");
    expect(refused.exitCode).toBe(1);
    expect(refused.output).toContain(
      `services.${SERVICE}: the backup's schema is at 0002, and what serves works with 0004`,
    );
  });
});
