import { Command } from "commander";
import execa from "execa";
import { packageRoot } from "../config/project";
import { pulumiEnvironment } from "../config/pulumiEnvironment";
import { buildTestImages } from "./testImages";

/**
 * `objectStore`: the tests of `tests/s3`, which need an S3 server that takes a minute and a half to build: its files, then
 * a stack with its backups and its state there. Ends with jest's exit code.
 */
export async function main(argv: string[]): Promise<number> {
  new Command("objectStore")
    .description("Tests backups on a real S3 server, which it builds.")
    .parse(argv, { from: "user" });
  await buildTestImages();
  const args = ["jest", "--selectProjects", "s3", "--runInBand", "--ci"];
  const { exitCode } = await execa("npx", args, {
    ...{ cwd: packageRoot(), env: pulumiEnvironment() },
    ...{ stdio: "inherit", reject: false },
  });
  return exitCode;
}
