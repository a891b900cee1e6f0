import { setTimeout as sleep } from "node:timers/promises";
import { backsUpToS3 } from "../support/backedUpToS3";
import { BackupStack } from "../support/backupStack";
import { derive, SERVICE } from "../support/migrationStack";
import { S3Server } from "../support/s3Server";
import { succeed } from "../support/testStack";

jest.setTimeout(600_000);

const MEGABYTES = 150;
/** Programs of Python that write dumps. */
const RANDOM = "sys.stdout.buffer.write(os.urandom(1 << 20))";
const WHOLE = `import os, sys\nfor _ in range(${MEGABYTES}): ${RANDOM}`;
/** Goes on long after a part is there: a server that is killed then is killed in the middle. */
const LONG = `import os, sys, time\nfor n in range(10_000):\n  ${RANDOM}\n  time.sleep(0.1 if n > 80 else 0)`;
const VERIFY = `import sys\nn = sum(map(len, iter(lambda: sys.stdin.buffer.read(1 << 20), b"")))\nsys.exit(n != ${MEGABYTES} << 20)`;
const stack = new BackupStack("itest-backups");
let server: S3Server;
let digest: string;
let indexed: string;

beforeAll(async () => {
  server = await S3Server.start();
  digest = await derive("expanded");
  indexed = await derive("indexed");
  const { backend: PULUMI_BACKEND_URL } = server;
  Object.assign(stack.extraEnvironment, server.environment, { PULUMI_BACKEND_URL });
  await stack.beginBackups();
  await stack.release(digest);
  await stack.post(stack.url, "before the backup");
});

afterAll(async () => {
  await stack.end();
  stack.forget();
  await server.stop();
});

const settings = () => ({ to: `s3://${server.bucket}/of/ours`, endpoint: server.url });

/** @param dump a program of Python that writes it. */
function configure(dump: string): void {
  const program = (words: string) => ["python3", "-c", words];
  const large = { service: SERVICE, dump: program(dump), verify: program(VERIFY) };
  stack.backups = { ...stack.backups, ...settings(), databases: { large } };
  stack.use({ [SERVICE]: digest });
}

function listed(): Promise<{ name: string }[]> {
  return stack.ask<{ name: string }[]>("backup", "list");
}

describe("a stack's backups on an S3 server", () => {
  backsUpToS3({ stack, settings, digest: () => digest });

  it("hold a dump of several parts, which its command finds whole", async () => {
    configure(WHOLE);
    const { others } = await stack.take();
    expect(others![0]!.bytes).toBeGreaterThan(MEGABYTES << 20);
    expect(await server.unfinished()).toEqual([]);
    expect(await stack.ask("backup", "verify")).toMatchObject({
      others: [{ database: "large", isChecked: true }],
    });
  });

  it("list nothing of one whose server was killed in the middle, and say where it was", async () => {
    const before = await listed();
    configure(LONG);
    let isOver = false;
    const taken = stack.run("backup").finally(() => (isOver = true));
    while (!isOver && (await server.unfinished()).length === 0) await sleep(50);
    await server.kill();
    const { exitCode, output } = await taken;
    expect([exitCode, output]).toEqual([
      1,
      expect.stringContaining(`maestro:backups.endpoint: ${server.url} cannot be reached to write`),
    ]);
    const away = await stack.run("backup", "list");
    expect([away.exitCode, away.output]).toEqual([
      1,
      expect.stringContaining(`${server.url} cannot be reached to list s3://`),
    ]);
    await server.startAgain();
    expect(await listed()).toEqual(before);
    const event = (await stack.host.records.events.list()).at(-1);
    expect(event).toMatchObject({ kind: "not backed up" });
    await stack.untilNoContainer("backup");
  });

  it("are refused to another login, and to a bucket that is not there", async () => {
    const { AWS_SECRET_ACCESS_KEY } = server.environment;
    stack.extraEnvironment["AWS_SECRET_ACCESS_KEY"] = "another";
    const login = await stack.run("backup", "list");
    Object.assign(stack.extraEnvironment, { AWS_SECRET_ACCESS_KEY });
    stack.backups = { ...stack.backups, to: "s3://elsewhere" };
    stack.use({ [SERVICE]: digest });
    const bucket = await stack.run("backup");
    expect([login.exitCode, bucket.exitCode]).toEqual([1, 1]);
    expect(login.output).toContain(`${server.url} does not let this login list s3://`);
    expect(bucket.output).toContain(`${server.url} has no bucket elsewhere; make it there`);
  });
});

it("a restore is kept out by an update that was killed, until nothing was heard of it and `unlock` has taken its note away", async () => {
  stack.backups = { ...stack.backups, ...settings(), databases: {} };
  stack.use({ [SERVICE]: indexed });
  // Its claim has ended by then: nothing else has noted that an update runs.
  await stack.upKilledAt(/green set taken for release/);
  const refused = await stack.run("restore", "--latest", "--yes");
  expect([refused.exitCode, refused.output]).toEqual([
    1,
    expect.stringMatching(/the update to release \w+ by \S+ has run since 20\S+; wait until/),
  ]);
  // It may be at work between two steps.
  const early = await stack.operation("unlock", "--yes");
  expect([early.exitCode, early.output]).toEqual([
    1,
    expect.stringMatching(/is locked by the update to release \w+ by \S+, since 20\S+, last heard/),
  ]);
  let late = early;
  while (late.exitCode !== 0) {
    await sleep(5_000);
    late = await stack.operation("unlock", "--yes");
  }
  expect(late.output).toMatch(/removed the lock of the update to release/);
  await succeed(stack.run("restore", "--latest", "--yes"));
  await succeed(stack.pulumi(["cancel", "--yes", "--stack", stack.name]));
  const cleared = ["refresh", "--yes", "--skip-preview", "--clear-pending-creates"];
  await succeed(stack.pulumi([...cleared, "--stack", stack.name]));
  await succeed(stack.up());
  expect(await stack.host.records.holds.readUpdate()).toBeNull();
});
