import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { PulumiProject } from "../support/pulumiProject";

jest.setTimeout(60_000);

/** Each script appends what it was run for to a file, and prints what a test wants to see. */
const PROGRAM = `
const log = (word) => "echo " + word + " >> log.txt; echo out-" + word + " $VALUE $PULUMI_COMMAND_STDOUT; cat; echo err-" + word + " >&2";
if (!settings.isRemoved) {
  const made = new command.local.Command("made", {
    create: settings.create || log("create"),
    update: settings.update === undefined ? log("update") : (settings.update || undefined),
    delete: "echo delete $VALUE >> log.txt",
    environment: { VALUE: settings.value || "1" },
    stdin: "from-stdin",
    triggers: [settings.trigger || "a"],
    dir: settings.dir,
  });
  if (settings.secret) {
    new command.local.Command("secret", {
      create: 'test -n "$PLANTED" && cat > /dev/null',
      environment: { PLANTED: pulumi.secret("planted-environment") },
      stdin: pulumi.secret("planted-stdin"),
      logging: "none",
    });
  }
  exports.stdout = made.stdout;
}
`;

describe("command.local.Command", () => {
  let project: PulumiProject;

  beforeEach(async () => {
    project = await PulumiProject.create(PROGRAM);
  });
  afterEach(() => project.dispose());

  const lines = () =>
    readFileSync(path.join(project.directory, "log.txt"), "utf8").trim().split("\n");
  const outputs = () => project.resource("made").outputs ?? {};

  test("runs create, then update for any change, then delete", async () => {
    await project.upOrFail();
    expect(outputs()).toMatchObject({ stdout: "out-create 1\nfrom-stdin", stderr: "err-create" });
    expect(await project.upOrFail()).toMatch(/2 unchanged/);

    await project.upOrFail({ value: "2" });
    expect(lines()).toEqual(["create", "update"]);
    expect(outputs().stdout).toContain("out-update 2 out-create 1 from-stdin");

    await project.upOrFail({ isRemoved: true });
    expect(lines()).toEqual(["create", "update", "delete 2"]);
  });

  test("runs create again for a change where there is no update", async () => {
    await project.upOrFail({ update: "" });
    await project.upOrFail({ update: "", value: "2" });
    expect(lines()).toEqual(["create", "create"]);
  });

  test("is replaced for changed triggers: first the new create, then the old delete", async () => {
    await project.upOrFail();
    await project.upOrFail({ trigger: "b", value: "2" });
    expect(lines()).toEqual(["create", "create", "delete 1"]);
  });

  test("shows what a failing command printed, keeps the old state, and tries again", async () => {
    await project.upOrFail();
    const failing = { value: "2", update: "echo some-words; echo more-words >&2; exit 7" };
    const failed = await project.up(failing);
    expect(failed.ok).toBe(false);
    expect(failed.output).toMatch(/exit status 7: running/);
    expect(failed.output).toMatch(/some-words/);
    expect(failed.output).toMatch(/more-words/);
    expect(outputs().environment).toEqual({ VALUE: "1" });
    await project.upOrFail({ value: "2" });
    expect(lines()).toEqual(["create", "update"]);
  });

  test("fails in a directory that does not exist", async () => {
    const { ok, output } = await project.up({ dir: "/nowhere/at/all" });
    expect(ok).toBe(false);
    expect(output).toMatch(/nowhere|no such file|ENOENT/);
  });

  // Only where they are given: the official plugin leaves what a command prints of them in plain text.
  test("keeps secrets out of the state's plain text", async () => {
    const printed = await project.upOrFail({ secret: true });
    for (const secret of ["planted-environment", "planted-stdin"]) {
      expect(project.stateText()).not.toContain(secret);
      expect(printed).not.toContain(secret);
    }
    await project.upOrFail({ secret: true }, ["--refresh"]);
    expect(project.stateText()).not.toContain("planted-");
  });

  test("ends when the update is canceled, and is not in the state", async () => {
    const create = "echo $$ > pid.txt; exec sleep 30";
    const update = project.start(["up", "--yes", "--skip-preview"], { create });
    const pidFile = path.join(project.directory, "pid.txt");
    while (!existsSync(pidFile)) {
      await sleep(50);
    }
    const began = Date.now();
    update.kill("SIGINT");
    const { exitCode } = await update;
    expect(exitCode).not.toBe(0);
    expect(Date.now() - began).toBeLessThan(15_000);
    expect(existsSync(`/proc/${readFileSync(pidFile, "utf8").trim()}`)).toBe(false);
    expect(project.resources().map(({ type }) => type)).not.toContain("command:local:Command");
  });
});
