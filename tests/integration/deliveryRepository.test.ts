import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import execa from "execa";
import { packageRoot } from "../../config/project";
import { succeed } from "../support/runResult";
import { WorkflowRunner } from "../support/workflowRunner";

jest.setTimeout(300_000);

let directory: string;
let runner: WorkflowRunner;

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), "maestro-flows-"));
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

const write = (name: string, text: string) => writeFileSync(path.join(directory, name), text);

describe("this repository's workflows", () => {
  /** A project whose scripts do nothing except for saying that they ran: what they do has tests of its own. */
  async function createRecorder(failing = ""): Promise<void> {
    const calls = path.join(directory, ".maestro", "calls");
    mkdirSync(path.dirname(calls), { recursive: true });
    const record =
      'node -e "const [name, ...args] = [process.env.npm_lifecycle_event, ...process.argv.slice(1)];' +
      "require('fs').appendFileSync(process.env.CALLS, [name, ...args].join(' ') + '\\n');" +
      "console.log(name + ' says so'); if (name === process.env.FAILING) process.exit(1);" +
      "for (const made of ['coverage', 'load-report']) require('fs').mkdirSync(made, { recursive: true });" +
      "require('fs').writeFileSync('coverage/lcov.info', 'TN:');\" --";
    const { scripts } = JSON.parse(
      readFileSync(path.join(packageRoot(), "package.json"), "utf8"),
    ) as { scripts: Record<string, string> };
    const recording = Object.keys(scripts).map((name) => [name, record]);
    const recorders: unknown = Object.fromEntries(recording);
    write("package.json", JSON.stringify({ name: "x", scripts: recorders }));
    write("Makefile", "node_modules:\n\t@echo make node_modules >> $(CALLS)\n");
    write(".gitignore", ".maestro\n");
    runner = await WorkflowRunner.create(directory, { CALLS: calls, FAILING: failing });
    for (const name of ["test.yml", "nightly.yml"]) runner.take(name);
    await runner.commit();
  }

  const calls = () => {
    const lines = readFileSync(path.join(directory, ".maestro", "calls"), "utf8").split("\n");
    return lines.filter((line) => line !== "" && !line.startsWith("make"));
  };

  it("test a change, and keep the coverage", async () => {
    await createRecorder();
    const output = await succeed(runner.run("test.yml", "push", {}));
    expect(output).toMatch(/Summary - test:coverage says so/);
    expect(calls().sort()).toEqual([
      ...["audit --strict", "check", "test --only integration", "test --only security"],
      "test:coverage",
    ]);
    const lcov = path.join(runner.artifacts, "coverage", "lcov.info");
    expect(readFileSync(lcov, "utf8")).toBe("TN:");
  });

  it("start no long test where a short one has failed", async () => {
    await createRecorder("test:coverage");
    const { exitCode } = await runner.run("test.yml", "push", {});
    expect(exitCode).not.toBe(0);
    expect(calls().sort()).toEqual(["audit --strict", "check", "test:coverage"]);
  });

  it("try faults and load at night, and keep what was found also where it is bad", async () => {
    await createRecorder("faults");
    const { exitCode } = await runner.run("nightly.yml", "schedule", {});
    expect(exitCode).not.toBe(0);
    expect(calls().sort()).toEqual(["bench", "faults", "load --profile full --out load-report"]);
    for (const name of ["bench", "faults"]) {
      const kept = path.join(runner.artifacts, name, `${name}.md`);
      expect(readFileSync(kept, "utf8")).toBe(`${name} says so\n`);
    }
  });
});

describe("the package's workflow", () => {
  /** This repository, about to be released as 9.9.9. Its tests are a job that does nothing. */
  async function createRepository(change: { readonly private?: boolean } = {}): Promise<void> {
    const root = packageRoot();
    const { stdout } = await execa("git", ["ls-files", "--cached"], { cwd: root });
    for (const file of stdout.split("\n").filter((each) => !/^(?:tests|bench)\//.test(each))) {
      cpSync(path.join(root, file), path.join(directory, file));
    }
    const manifest = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as object;
    write(
      "package.json",
      JSON.stringify({ ...manifest, private: undefined, version: "9.9.9", ...change }),
    );
    const changelog = readFileSync(path.join(root, "CHANGELOG.md"), "utf8");
    write("CHANGELOG.md", changelog.replace("## [Unreleased]", "## [9.9.9] - 2026-11-29"));
    // As `npm ci` would leave it.
    write("Makefile", `node_modules:\n\t@ln -s ${path.join(root, "node_modules")} node_modules\n`);
    // A registry that nobody answers for: nothing of this may reach one.
    runner = await WorkflowRunner.create(directory, {
      npm_config_registry: "http://127.0.0.1:9",
      npm_config_fetch_retries: "0",
    });
    rmSync(path.join(directory, ".github"), { recursive: true });
    runner.take("package.yml");
    const nothing = 'jobs: { nothing: { runs-on: ubuntu-24.04, steps: [{ run: "true" }] } }';
    runner.write("test.yml", `on: workflow_call\n${nothing}\n`);
    await runner.commit();
  }

  it("packs and publishes on a dry run, when started by hand", async () => {
    await createRepository();
    const output = await succeed(runner.run("package.yml", "workflow_dispatch", {}));
    expect(output).toMatch(/Publishing to \S+ with tag latest and public access \(dry-run\)/);
    expect(output).toContain("+ maestro@9.9.9");
    expect(readdirSync(path.join(runner.artifacts, "package"))).toEqual(["maestro-9.9.9.tgz"]);
  });

  it("publishes nothing under a tag that is not the version's, or is not described", async () => {
    await createRepository({ private: true });
    const event = { ref: "refs/tags/v9.9.8" };
    const { exitCode, output } = await runner.run("package.yml", "push", event);
    expect(exitCode).not.toBe(0);
    expect(output).toContain(
      "package.json: version: must be that of v9.9.8, got 9.9.9; tag v9.9.9",
    );
    expect(output).toContain("package.json: private: keeps npm from publishing; remove it");
    expect(output).not.toContain("npm publish");
  });
});
