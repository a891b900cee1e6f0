import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Command, Option } from "commander";
import execa, { type Options } from "execa";
import { pulumiEnvironment } from "../config/pulumiEnvironment";
import { packageRoot } from "../config/project";
import { installMoto } from "../tests/support/moto";
import { ensureAwsPlugins } from "../toolchain/setup/plugins";
import { removeLeftovers } from "./leftovers";
import { buildTestImages } from "./testImages";

interface Tally {
  readonly passed: number;
  readonly failed: number;
}

/** What `npm run check` is made of; each counts as one test. */
const CHECKS = ["format:check", "lint", "typecheck", "check:packages", "check:licences"] as const;

/** What `--only` chooses from, in the order in which it runs. */
const PARTS = ["check", "unit", "security", "integration"] as const;
type Part = (typeof PARTS)[number];

/** Tests whose stacks have addresses of earlier tests' stacks, so they come after these; two files of them run at once. */
const LATER =
  "tests/integration/(development(-images|Backups|BadInput|Depth|Faults|Keep|Kill|Release|Rolling|Stateful)|observability|certificates)";
/**
 * Tests that measure a stack under load, kill it at an exact moment, or look at all that is on the machine, have it
 * for themselves.
 */
const ALONE =
  "tests/integration/(development(?!-images|Backups|BadInput|Depth|Faults|Keep|Kill|Release|Rolling|Stateful)|faults)";

/**
 * `make test`: all checks and tests, the parts that need no set-up first. Ends with `N passed, N failed` on a line of
 * its own, and with exit code 1 unless all have passed and none was left out.
 */
export async function main(argv: string[]): Promise<number> {
  const { only = PARTS } = new Command("test")
    .description("Runs all checks and tests.")
    .addOption(new Option("--only <parts...>", "some of them").choices(PARTS))
    .parse(argv, { from: "user" })
    .opts<{ only?: readonly Part[] }>();
  const tallies: Tally[] = [];
  const does = (part: Part) => only.includes(part);
  if (does("check")) tallies.push(...(await Promise.all(CHECKS.map(runCheck))));
  // Jest alone leaves a processor to whoever works beside it; here nobody does.
  if (does("unit")) tallies.push(await runJest("unit", "--maxWorkers=100%"));
  if (does("security") || does("integration")) await setUp();
  if (does("security")) tallies.push(await runJest("security", "--maxWorkers=2"));
  if (does("integration")) {
    tallies.push(
      // Mostly waiting, so two files run at once.
      await runJest(
        "integration",
        `--testPathIgnorePatterns=${LATER}`,
        `--testPathIgnorePatterns=${ALONE}`,
        "--maxWorkers=2",
      ),
      await runJest("integration", `--testPathPatterns=${LATER}`, "--maxWorkers=2"),
      await runJest("integration", `--testPathPatterns=${ALONE}`, "--runInBand"),
    );
  }
  const passed = tallies.reduce((sum, tally) => sum + tally.passed, 0);
  const failed = tallies.reduce((sum, tally) => sum + tally.failed, 0);
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

async function setUp(): Promise<void> {
  await buildTestImages();
  const left = await removeLeftovers();
  if (left.length > 0) console.log(`removed what a killed run has left: ${left.join(", ")}`);
  // Two files would make these at once.
  await ensureAwsPlugins();
  await installMoto();
}

/** Runs a check beside the others; it is heard when it has ended, so that each one's lines stay together. */
async function runCheck(script: string): Promise<Tally> {
  const { exitCode, all } = await run("npm", ["run", "--silent", script], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (all) console.log(all);
  return exitCode === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

async function runJest(
  project: "unit" | "security" | "integration",
  ...options: readonly string[]
): Promise<Tally> {
  const directory = mkdtempSync(path.join(tmpdir(), "maestro-test-"));
  const report = path.join(directory, "report.json");
  try {
    const { exitCode } = await run("npx", [
      "jest",
      "--selectProjects",
      project,
      ...options,
      "--json",
      `--outputFile=${report}`,
    ]);
    return tallyOf(report, exitCode);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** A test that did not run counts as failed: a file that cannot be loaded, or one that somebody skipped. */
function tallyOf(report: string, exitCode: number): Tally {
  const results = JSON.parse(readFileSync(report, "utf8")) as {
    numPassedTests: number;
    numTotalTests: number;
    numRuntimeErrorTestSuites: number;
  };
  const passed = results.numPassedTests;
  const failed = results.numTotalTests - passed + results.numRuntimeErrorTestSuites;
  return { passed, failed: failed === 0 && exitCode !== 0 ? 1 : failed };
}

function run(command: string, args: readonly string[], options: Options = {}) {
  return execa(command, args, {
    cwd: packageRoot(),
    env: pulumiEnvironment(),
    stdio: "inherit",
    reject: false,
    all: true,
    ...options,
  });
}
