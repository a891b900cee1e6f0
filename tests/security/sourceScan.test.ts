import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import execa from "execa";
import { parse } from "yaml";
import { packageRoot } from "../../config/project";
import { ensurePythonTools } from "../../toolchain/setup/pythonTools";
import { ensureGoBinary } from "../support/foreignImages";

jest.setTimeout(600_000);

const RULES = path.join(packageRoot(), ".semgrep");
/** No rule from elsewhere, and nothing is told to anybody. */
const OFFLINE = { SEMGREP_SEND_METRICS: "off", SEMGREP_ENABLE_VERSION_CHECK: "0" };

async function semgrep(...args: readonly string[]) {
  const requirements = path.join("tests", "foreign", "semgrep", "requirements.txt");
  const command = path.join(await ensurePythonTools(undefined, requirements), "semgrep");
  return execa(command, args, { cwd: packageRoot(), env: OFFLINE, reject: false });
}

function ruleNames(): string[] {
  return readdirSync(RULES)
    .filter((file) => file.endsWith(".yaml"))
    .flatMap((file) => {
      const text = readFileSync(path.join(RULES, file), "utf8");
      return (parse(text) as { rules: { id: string }[] }).rules.map(({ id }) => id);
    });
}

describe("semgrep's rules", () => {
  it("find each what it is for, and leave alone what is well", async () => {
    const examples = readdirSync(RULES)
      .filter((file) => /\.(ts|py)$/.test(file))
      .map((file) => readFileSync(path.join(RULES, file), "utf8"))
      .join("\n");
    for (const rule of ruleNames()) {
      expect(examples).toMatch(new RegExp(`ruleid: ${rule}$`, "m"));
      expect(examples).toMatch(new RegExp(`ok: ${rule}$`, "m"));
    }
    const { exitCode, stdout } = await semgrep("test", "--json", RULES);
    const { results } = JSON.parse(stdout) as {
      results: Record<string, { checks: Record<string, { passed: boolean }> }>;
    };
    const passed = Object.values(results).flatMap(({ checks }) =>
      Object.entries(checks).filter(([, check]) => check.passed),
    );
    const rules = new Set(passed.map(([id]) => id.split(".").at(-1)));
    expect([exitCode, [...rules].sort()]).toEqual([0, ruleNames().sort()]);
  });

  it("are kept by the program", async () => {
    const options = ["--config", RULES, "--json", "--quiet"];
    const { stdout } = await semgrep("scan", ...options, packageRoot());
    const { results, errors, paths } = JSON.parse(stdout) as {
      results: { path: string; check_id: string; start: { line: number } }[];
      errors: unknown[];
      paths: { scanned: string[] };
    };
    const found = results.map((each) => `${each.path}:${each.start.line} ${each.check_id}`);
    expect([found, errors]).toEqual([[], []]);
    for (const file of ["host/ask.ts", "bin/maestro.js", "components/hostOperation.ts"])
      expect(
        paths.scanned.map((scanned) =>
          path.relative(packageRoot(), path.resolve(packageRoot(), scanned)),
        ),
      ).toContain(file);
  });
});

describe("secrets", () => {
  let gitleaks: string;

  beforeAll(async () => {
    const goPackage = "github.com/zricethezav/gitleaks/v8";
    gitleaks = await ensureGoBinary("gitleaks", goPackage, "gitleaks");
  });

  const scan = (how: "git" | "dir", directory: string) =>
    execa(gitleaks, [how, "--no-banner", "--redact", "--verbose", directory], {
      ...{ cwd: packageRoot(), all: true, reject: false },
      env: { GITLEAKS_CONFIG: path.join(packageRoot(), ".gitleaks.toml") },
    });

  it.each(["git", "dir"] as const)("are not in the repository, by gitleaks %s", async (how) => {
    const { exitCode, all } = await scan(how, packageRoot());
    expect([exitCode, all]).toEqual([0, expect.stringContaining("no leaks found")]);
  });

  it("that somebody has committed, or is about to, are found", async () => {
    const directory = mkdtempSync(path.join(tmpdir(), "maestro-leak-"));
    const git = (...args: readonly string[]) => execa("git", args, { cwd: directory });
    try {
      const key = `AKIA${"QZ7XK4PWM2RNT5VJ"}`;
      writeFileSync(path.join(directory, "settings.ts"), `export const key = "${key}";\n`);
      const now = await scan("dir", directory);
      expect([now.exitCode, now.all]).toEqual([1, expect.stringContaining("leaks found: 1")]);
      await git("init", "--quiet");
      await git("add", "--all");
      const who = ["-c", "user.name=test", "-c", "user.email=test@example.com"];
      await git(...who, "commit", "--quiet", "--message", "leak");
      await git("rm", "--quiet", "settings.ts");
      await git(...who, "commit", "--quiet", "--message", "too late");
      const later = await scan("git", directory);
      expect([later.exitCode, later.all]).toEqual([1, expect.stringContaining("aws-access-token")]);
      expect(later.all).not.toContain(key);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
