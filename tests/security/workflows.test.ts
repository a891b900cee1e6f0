import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import execa from "execa";
import { packageRoot } from "../../config/project";
import { commandNames } from "../../operations/shared/commandList";
import { ensurePythonTools } from "../../toolchain/setup/pythonTools";
import { ensureGoBinary } from "../support/foreignImages";

jest.setTimeout(300_000);

const WORKFLOWS = path.join(packageRoot(), ".github", "workflows");
const files = readdirSync(WORKFLOWS).map((name) => path.join(WORKFLOWS, name));

/** What the documentation tells an instance to write, as files of its own. */
function documented(): string[] {
  const text = readFileSync(path.join(packageRoot(), "docs", "delivery.md"), "utf8");
  return [...text.matchAll(/```yaml\n# \.github\/workflows\/[\w-]+\.yml\n([^]*?)```/g)].map(
    ([, workflow]) => workflow!,
  );
}

/** What `text` runs that is neither a script of package.json nor a command of maestro. */
function unknownCommands(text: string): string[] {
  const { scripts } = JSON.parse(
    readFileSync(path.join(packageRoot(), "package.json"), "utf8"),
  ) as { scripts: Record<string, string> };
  const called = (pattern: RegExp) => [...text.matchAll(pattern)].map(([, name]) => name!);
  const ran = called(/npm run (?:--silent )?([\w:]+)/g);
  const commands = called(/(?:npx (?:--no-install )?maestro|"\$\{maestro\[@\]\}") ([\w-]+)/g);
  return [
    ...ran.filter((name) => !Object.hasOwn(scripts, name)),
    ...commands.filter((name) => !commandNames().includes(name)),
  ];
}

describe("workflows", () => {
  it("run scripts and commands that exist, and so do the examples for other CIs", () => {
    const examples = path.join(packageRoot(), "templates", "pipelines");
    const others = readdirSync(examples).map((name) => path.join(examples, name));
    for (const file of [...files, ...others]) {
      expect([file, unknownCommands(readFileSync(file, "utf8"))]).toEqual([file, []]);
    }
    expect(unknownCommands("npm run no:such\nnpx maestro nosuch")).toEqual(["no:such", "nosuch"]);
  });

  it("are right by actionlint, and so are those that the documentation shows", async () => {
    const goPackage = "github.com/rhysd/actionlint/cmd/actionlint";
    const actionlint = await ensureGoBinary("actionlint", goPackage, "actions");
    const options = ["-shellcheck=", "-pyflakes="];
    expect((await execa(actionlint, [...options, ...files], { reject: false })).stdout).toBe("");
    expect(documented().length).toBeGreaterThan(1);
    for (const input of documented()) {
      const result = await execa(actionlint, [...options, "-"], { input, reject: false });
      expect(result.stdout).toBe("");
    }
    const wrong = "on: push\njobs:\n  a:\n    runs-on: nowhere-1\n    steps: []\n";
    const found = await execa(actionlint, [...options, "-"], { input: wrong, reject: false });
    expect(found.exitCode).toBe(1);
  });

  it("are safe by zizmor", async () => {
    const requirements = path.join("tests", "foreign", "zizmor", "requirements.txt");
    const zizmor = path.join(await ensurePythonTools(undefined, requirements), "zizmor");
    const result = await execa(zizmor, ["--offline", "--no-progress", "--quiet", ...files], {
      ...{ reject: false, all: true },
    });
    expect([result.exitCode, result.all]).toEqual([0, expect.stringContaining("No findings")]);
  });
});
