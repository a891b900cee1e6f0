import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { instanceRoot, packageRoot, projectName, stackFilePath } from "../../../config/project";
import { stateRoot } from "../../../config/paths";
import { describeExports, main as env } from "../../../operations/env";

const ROOT = path.resolve(__dirname, "../../..");

describe("the package and the instance", () => {
  const home = process.cwd();
  let directory: string;

  beforeEach(() => {
    directory = realpathSync(mkdtempSync(path.join(tmpdir(), "maestro-project-")));
  });
  afterEach(() => {
    process.chdir(home);
    rmSync(directory, { recursive: true });
  });

  it("are the same in this repository", () => {
    expect([packageRoot(), instanceRoot()]).toEqual([ROOT, ROOT]);
  });

  it("are two in another project, whatever directory of it is the working directory", () => {
    const inside = path.join(directory, "services", "one");
    mkdirSync(inside, { recursive: true });
    writeFileSync(path.join(directory, "Pulumi.yaml"), "name: acme\nstackConfigDir: stacks\n");
    process.chdir(inside);
    expect(packageRoot()).toBe(ROOT);
    expect(instanceRoot()).toBe(directory);
    expect(stateRoot()).toBe(path.join(directory, ".maestro"));
    expect(projectName()).toBe("acme");
    expect(stackFilePath("one")).toBe(path.join(directory, "stacks", "Pulumi.one.yaml"));
  });

  it("are this repository above all projects", () => {
    process.chdir(directory);
    expect(instanceRoot()).toBe(ROOT);
  });
});

it("prints for shells what differs, quoted", () => {
  const lines = describeExports({ SAME: "1", PATH: "/bin" }, { SAME: "1", PATH: "/it's/bin:/bin" });
  expect(lines).toEqual(["export PATH='/it'\\''s/bin:/bin'"]);
});

it("says where it cannot write for later steps of a job", async () => {
  jest.replaceProperty(process, "env", { PATH: process.env["PATH"] });
  await expect(env(["--github"])).rejects.toThrow("--github: GITHUB_ENV is not set");
});
