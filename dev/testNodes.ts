import path from "node:path";
import { Command, Option } from "commander";
import execa from "execa";
import { pulumiEnvironment } from "../config/pulumiEnvironment";
import { packageRoot } from "../config/project";
import { buildTestImages } from "./testImages";
import { ensureNodes, NODE_RELEASES, type NodeRelease } from "./nodes/ensureNodes";

interface Options {
  readonly only?: readonly NodeRelease[];
}

/** What runs on each release: all that needs Node.js alone, and one stack from its first release to a rollback. */
const RUNS: readonly (readonly string[])[] = [
  ["--selectProjects", "unit", "--ci"],
  ["--selectProjects", "integration", "--runInBand", "developmentRelease"],
];

/**
 * `testNodes`: unit tests and one release on each supported Node.js besides the one at hand. Pulumi's language host, the
 * program, its steps and the stand-in plugins run on it too, since all of them take `node` from PATH. Exit code 1 when
 * something failed; the other releases are tried all the same.
 */
export async function main(argv: string[]): Promise<number> {
  const { only = NODE_RELEASES } = new Command("testNodes")
    .description("Runs the unit tests and one release on Node.js 22 and 24.")
    .addOption(new Option("--only <releases...>", "some of them").choices(NODE_RELEASES))
    .parse(argv, { from: "user" })
    .opts<Options>();
  const nodes = await ensureNodes();
  await buildTestImages();
  const failed: string[] = [];
  for (const release of only) {
    for (const args of RUNS) {
      const { exitCode, version } = await runOn(nodes[release], args);
      const line = `Node.js ${version}: jest ${args.join(" ")}`;
      console.error(`${exitCode === 0 ? "ok    " : "FAILED"} ${line}`);
      if (exitCode !== 0) failed.push(line);
    }
  }
  return failed.length === 0 ? 0 : 1;
}

async function runOn(binaries: string, args: readonly string[]) {
  const base = pulumiEnvironment();
  const env = { ...base, PATH: [binaries, base.PATH].join(path.delimiter) };
  const options = { cwd: packageRoot(), env, reject: false } as const;
  const { stdout: version } = await execa("node", ["--version"], { ...options, reject: true });
  const { exitCode } = await execa("npx", ["jest", ...args], { ...options, stdio: "inherit" });
  return { exitCode, version };
}
