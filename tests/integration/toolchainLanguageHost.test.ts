import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { PulumiProject } from "../support/pulumiProject";

jest.setTimeout(60_000);

const PROGRAM = `
const fs = require("node:fs");
const config = new pulumi.Config();
module.exports = async () => {
  fs.writeFileSync("program.pid", String(process.pid));
  switch (settings.case) {
    case "run error":
      throw new pulumi.RunError("words for the user");
    case "exception":
      throw new Error("unexpected words");
    case "exit":
      process.exit(3);
    case "hang":
      await new Promise((resolve) => setTimeout(resolve, 60_000));
  }
  const { text } = await pulumi.runtime.serializeFunction((x) => x + path.sep.length + 41);
  console.log("printed by the program");
  return {
    plain: config.require("plain"),
    secret: config.requireSecret("secret"),
    project: pulumi.getProject(),
    stack: pulumi.getStack(),
    cwd: process.cwd(),
    serialized: text.includes("41") && text.includes("__f0"),
    imported: (await import("node:os")).EOL,
    dryRun: pulumi.runtime.isDryRun(),
  };
};
const path = require("node:path");
`;

describe("the language host", () => {
  let project: PulumiProject;

  beforeAll(async () => {
    project = await PulumiProject.create(PROGRAM);
    await project.run(["config", "set", "plain", "value"]);
    await project.run(["config", "set", "--secret", "secret", "planted-config-secret"]);
  });
  afterAll(() => project.dispose());

  test("runs a program with its configuration, project, stack and directory", async () => {
    const output = await project.upOrFail();
    expect(output).toContain("printed by the program");
    const outputs = project.resource("conformance-test").outputs;
    expect(outputs).toMatchObject({
      plain: "value",
      project: "conformance",
      stack: "test",
      cwd: project.directory,
      serialized: true,
      imported: "\n",
      dryRun: false,
    });
    expect(project.stateText()).not.toContain("planted-config-secret");
  });

  test("runs a program that imports modules again, from compiled code that it kept", async () => {
    for (let run = 0; run < 2; run += 1) {
      expect(await project.upOrFail()).toContain("printed by the program");
    }
  });

  test("shows what a program says to the user, and nothing about exit codes", async () => {
    const { ok, output } = await project.up({ case: "run error" });
    expect(ok).toBe(false);
    expect(output).toContain("words for the user");
    expect(output).not.toMatch(/exit code|at Object|node_modules/);
  });

  test.each([
    ["an exception", "exception", /unexpected words/],
    ["an exit code", "exit", /non-zero exit code: 3/],
  ])("fails for %s", async (_, name, words) => {
    const { ok, output } = await project.up({ case: name });
    expect(ok).toBe(false);
    expect(output).toMatch(words);
  });

  test("ends the program when the engine is killed", async () => {
    const pidFile = path.join(project.directory, "program.pid");
    const before = existsSync(pidFile) ? readFileSync(pidFile, "utf8") : "";
    const update = project.start(["preview"], { case: "hang" });
    while (!existsSync(pidFile) || readFileSync(pidFile, "utf8") === before) {
      await sleep(50);
    }
    const pid = Number(readFileSync(pidFile, "utf8"));
    expect(isAlive(pid)).toBe(true);
    update.kill("SIGKILL");
    await update;
    const deadline = Date.now() + 5_000;
    while (isAlive(pid) && Date.now() < deadline) {
      await sleep(50);
    }
    expect(isAlive(pid)).toBe(false);
  });

  test("tells pulumi about which node it uses", async () => {
    const { output } = await project.run(["about", "--json"], {}, "stdout");
    expect(JSON.parse(output)).toMatchObject({ runtime: { language: "nodejs" } });
  });
});

function isAlive(pid: number): boolean {
  try {
    // A zombie still answers to signals; its state tells.
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}
