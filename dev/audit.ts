import path from "node:path";
import { Command } from "commander";
import execa from "execa";
import { packageRoot } from "../config/project";
import { findPackages } from "../operations/packages/sources";
import { ensurePythonTools } from "../toolchain/setup/pythonTools";
import { readNpmAudit, readPipAudit, type Audit } from "./audit/audits";

const REQUIREMENTS = path.join("tests", "foreign", "pipAudit", "requirements.txt");

/**
 * `audit`: asks for known weaknesses of every locked package, by npm and pip-audit. Exit code 1 for a finding. A package
 * mirror that has no advisories is told and fails nothing, except with `--strict`.
 */
export async function main(argv: string[]): Promise<number> {
  const { strict } = new Command("audit")
    .description("Asks for known weaknesses of all locked packages.")
    .option("--strict", "fail too where nobody could be asked")
    .parse(argv, { from: "user" })
    .opts<{ strict?: boolean }>();
  const audits: Audit[] = [];
  for (const file of await lockFiles("package-lock.json")) audits.push(await auditNpm(file));
  const tools = await ensurePythonTools(console.error, REQUIREMENTS);
  const own = findPackages(path.join(packageRoot(), "examples", "packages")).map(
    ({ name }) => name,
  );
  for (const file of await lockFiles("requirements.txt")) {
    audits.push(await auditPip(path.join(tools, "pip-audit"), file, own));
  }
  for (const audit of audits) print(audit);
  const count = (of: (audit: Audit) => readonly string[]) => audits.flatMap(of).length;
  const found = count(({ findings }) => findings);
  const unanswered = count((audit) => audit.unanswered);
  console.log(
    `${audits.length} lock files, ${found} findings, ${unanswered} times nobody could be asked`,
  );
  return found > 0 || (strict && unanswered > 0) ? 1 : 0;
}

/** Lock files of the repository, at any depth. */
async function lockFiles(name: string): Promise<string[]> {
  const { stdout } = await execa("git", ["ls-files", "--", name, `**/${name}`], {
    cwd: packageRoot(),
  });
  return stdout.split("\n").filter(Boolean);
}

async function auditNpm(file: string): Promise<Audit> {
  const { stdout } = await execa("npm", ["audit", "--json", "--package-lock-only"], {
    ...{ cwd: path.join(packageRoot(), path.dirname(file)), reject: false, stdin: "ignore" },
  });
  return readNpmAudit(file, stdout);
}

async function auditPip(command: string, file: string, own: readonly string[]): Promise<Audit> {
  const args = ["--requirement", file, "--require-hashes", "--disable-pip"];
  const quiet = ["--format", "json", "--progress-spinner", "off"];
  const result = await execa(command, [...args, ...quiet], {
    ...{ cwd: packageRoot(), reject: false, stdin: "ignore" },
  });
  return readPipAudit(file, result, own);
}

function print({ file, findings, unanswered }: Audit): void {
  for (const finding of findings) console.error(`${file}: ${finding}`);
  for (const why of unanswered) console.error(`${file}: not audited: ${why}`);
}
