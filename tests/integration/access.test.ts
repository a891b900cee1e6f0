import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import execa from "execa";
import { stringify } from "yaml";
import type { StackEvent } from "../../records/event";
import { Moto, MOTO_ACCOUNT } from "../support/moto";
import { runAs } from "../support/otherUser";
import { copyProject } from "../support/projectCopy";
import { installPythonTool } from "../support/pythonTool";
import { builtImages, succeed, TestStack, type RunResult } from "../support/testStack";

jest.setTimeout(300_000);

const SERVICE = "quality-fabric";
/** Users that every Debian has. */
const [VIEWER, OPERATOR] = ["daemon", "bin"];
const APPROVALS = { required: 1, signers: "approvers", directory: "approvals" };

const project = copyProject("itest-access");
const stack = new TestStack("itest-access", project);
const file = path.join(project.root, "access.yaml");
let first: string;

const RULES = {
  roles: {
    // As sudo says who has called it.
    operator: [{ os: OPERATOR }, { os: "olga" }],
    approver: [{ os: "paul" }, { signer: "paul@example.com" }],
  },
  breakGlass: [{ os: "root", stacks: ["itest-*"] }],
};

/** Does something as somebody whom sudo has made root. */
async function bySudo<T>(user: string, run: () => Promise<T>, more: object = {}): Promise<T> {
  Object.assign(stack.extraEnvironment, { SUDO_USER: user, ...more });
  try {
    return await run();
  } finally {
    for (const name of ["SUDO_USER", ...Object.keys(more)]) delete stack.extraEnvironment[name];
  }
}

function configure(level: string, gates?: object): void {
  stack.configure({
    release: { [SERVICE]: builtImages().release[SERVICE]! },
    servicesFile: stack.writeServices({ [SERVICE]: { env: { LOG_LEVEL: level } } }),
    rollout: { drainSeconds: 1 },
    ...(gates ? { gates } : {}),
  });
}

const serving = async () => (await stack.outputs()).release.id;
const events = () => stack.host.records.events.list();
const lastCommand = async (): Promise<StackEvent | undefined> =>
  (await events()).findLast(({ command }) => command !== undefined);

function expectRefused({ exitCode, output }: RunResult, says: string): void {
  expect(output).toContain(says);
  expect(output).toContain(`${file} says who has it`);
  expect(exitCode).not.toBe(0);
}

beforeAll(async () => {
  await stack.create({});
  configure("info");
  // Nobody is asked without the file.
  await succeed(stack.up());
  first = await serving();
  configure("debug");
  await succeed(stack.up());
  writeFileSync(file, stringify(RULES));
});

afterAll(() => stack.remove());

it("a viewer looks at everything and changes nothing", async () => {
  const before = await stack.containers();
  const known = (await events()).length;
  await succeed(runAs(VIEWER, stack, ["status"]));
  const rollback = await runAs(VIEWER, stack, ["rollback"]);
  expectRefused(
    rollback,
    `maestro rollback of stack ${stack.name}: needs the role operator, got viewer for os user ${VIEWER}`,
  );
  await succeed(runAs(VIEWER, stack, ["rollback", "--preview"]));
  configure("warning");
  const update = await bySudo(VIEWER, () => stack.up());
  expectRefused(update, `an update of stack ${stack.name}: needs the role operator`);
  const preview = await bySudo(VIEWER, () => succeed(stack.preview()));
  expect(preview).toContain("the update would be refused: an update of stack");
  configure("debug");
  expect(await stack.containers()).toEqual(before);
  expect(await events()).toHaveLength(known);
});

it("an operator rolls back, on record with who, where and why", async () => {
  const run = { CI_JOB_URL: "https://ci.example.com/jobs/7" };
  const args = ["rollback", "--reason", "users cannot log in"];
  await succeed(runAs(OPERATOR, stack, args, run));
  expect(await serving()).toBe(first);
  expect(await lastCommand()).toMatchObject({
    ...{ kind: "command", command: "rollback", reason: "users cannot log in" },
    ...{ caller: `os user ${OPERATOR}`, roles: ["viewer", "operator"] },
    where: { user: OPERATOR, run: run.CI_JOB_URL },
    access: expect.stringMatching(/^[0-9a-f]{12}$/) as string,
  });
  expect((await events()).at(-1)).toMatchObject({
    ...{ kind: "moved", release: first, reason: "users cannot log in" },
    where: { user: OPERATOR, run: run.CI_JOB_URL },
  });
});

it("only an approver approves, and an operator releases what was approved", async () => {
  configure("error", { approvals: APPROVALS });
  const key = path.join(project.root, "paul");
  await execa("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
  const signer = `paul@example.com ${readFileSync(`${key}.pub`, "utf8")}`;
  writeFileSync(path.join(project.root, "approvers"), signer);
  const preview = await bySudo("olga", () => succeed(stack.preview()));
  const [, release = ""] = /runs `maestro approve (\w+) /.exec(preview) ?? [];
  const approve = () => stack.operation("approve", release, "--replaces", first, "--key", key);
  expectRefused(await bySudo("olga", approve), "needs the role approver, got viewer and operator");
  await succeed(bySudo("paul", approve));
  expect(await lastCommand()).toMatchObject({ command: "approve", caller: "os user paul" });
  expectRefused(await bySudo("paul", () => stack.up()), "got viewer and approver for os user paul");
  await succeed(bySudo("olga", () => stack.up()));
  expect(await serving()).toBe(release);
});

it("AWS says who calls it", async () => {
  const arn = `arn:aws:sts::${MOTO_ACCOUNT}:user/moto`;
  writeFileSync(file, stringify({ roles: { operator: [{ aws: arn }] } }));
  const moto = await Moto.start();
  try {
    const asked = await runAs(VIEWER, stack, ["rollout", "pause"], moto.environment);
    // Past the roles, it finds nothing to pause.
    expect(asked.output).toContain("no canary is under way");
    expect(await lastCommand()).toMatchObject({
      ...{ command: "rollout pause", caller: `os user ${VIEWER}, aws ${arn}` },
    });
  } finally {
    await moto.stop();
    writeFileSync(file, stringify(RULES));
  }
});

it("a broken file stops every change, and no look", async () => {
  writeFileSync(file, "roles: { operater: [] }\n");
  const broken = await bySudo("olga", () => stack.operation("rollback"));
  expect(broken.output).toContain("nobody can say who may change something:");
  expect(broken.output).toContain(
    `${file}: roles.operater: unknown key; did you mean \`operator\`?`,
  );
  const update = await bySudo("olga", () => stack.up());
  expect(update.output).toContain("nobody can say who may change something:");
  expect([broken.exitCode === 0, update.exitCode === 0]).toEqual([false, false]);
  await succeed(runAs(VIEWER, stack, ["status"]));
  writeFileSync(file, stringify(RULES));
});

it("who breaks the glass goes on record for each command, and for its update", async () => {
  expectRefused(await stack.operation("rollback"), "set MAESTRO_BREAK_GLASS to why");
  const glass = { MAESTRO_BREAK_GLASS: "nobody else is awake" };
  const before = await serving();
  const look = () => stack.operation("exec", SERVICE, "--", "true");
  expectRefused(await look(), "set MAESTRO_BREAK_GLASS to why");
  await succeed(bySudo("root", look, glass));
  await succeed(bySudo("root", () => stack.operation("rollback"), glass));
  expect(await serving()).not.toBe(before);
  const broke = (await events()).filter(({ kind }) => kind === "access overridden");
  expect(broke).toMatchObject(
    ["exec", "rollback", "update"].map((command) => ({
      ...{ command, reason: glass.MAESTRO_BREAK_GLASS, caller: "os user root", roles: ["viewer"] },
    })),
  );
});

it("the record is whole, and shows its first broken line", async () => {
  const all = await events();
  const whole = await succeed(stack.operation("history verify"));
  expect(whole).toContain(`${all.length} events, each as it was written`);
  const [, second] = all;
  const event = path.join(stack.directory, "records", "events", "00000002.json");
  writeFileSync(event, JSON.stringify({ ...second, by: "somebody else" }));
  const broken = await stack.operation("history verify");
  expect(broken.output).toContain("first broken: event 2");
  expect(broken.output).toContain("event 2 is not what event 3 was written after");
  expect(broken.exitCode).toBe(1);
  writeFileSync(event, `${JSON.stringify(second)}\n`);
  await succeed(stack.operation("history verify"));
});

it("is exported as lines of JSON, and as what a reader of CloudTrail's records reads", async () => {
  const all = await events();
  const lines = (await succeed(runAs(VIEWER, stack, ["history", "export"]))).trim().split("\n");
  expect(lines.map((line) => (JSON.parse(line) as StackEvent).number)).toEqual(
    all.map(({ number }) => number),
  );
  const records = await succeed(stack.operation("history export", "--cloudtrail"));
  const { stdout } = await readCloudTrail(records);
  const read = JSON.parse(stdout) as { Records: { eventName: string; userIdentity: object }[] };
  expect(read.Records).toHaveLength(all.length);
  expect(read.Records).toContainEqual(
    expect.objectContaining({
      eventName: "Rollback",
      userIdentity: expect.objectContaining({ principalId: `os user ${OPERATOR}` }) as object,
    }),
  );
});

/** What trailscraper, which reads CloudTrail's files, reads of the records. */
async function readCloudTrail(records: string) {
  const tool = await installPythonTool("trailscraper", "trailscraper==0.10.0");
  const directory = mkdtempSync(path.join(tmpdir(), "maestro-trail-"));
  mkdirSync(directory, { recursive: true });
  const now = new Date().toISOString().replace(/[-:]/g, "").slice(0, 13);
  const name = `123456789012_CloudTrail_eu-west-1_${now}Z_abcdefghijklmnop.json.gz`;
  writeFileSync(path.join(directory, name), gzipSync(records));
  try {
    return await execa(path.join(tool, "bin", "trailscraper"), ["select", "--log-dir", directory]);
  } finally {
    rmSync(directory, { recursive: true });
  }
}
