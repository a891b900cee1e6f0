import path from "node:path";
import { Command } from "commander";
import { packageRoot } from "../config/project";
import { findSharedCode } from "./sharedCode";
import { findPackages } from "../operations/packages/sources";

/** Part of `npm run check`: shared code reaches a build through the package index, and no other way. */
export function main(argv: string[]): Promise<number> {
  const program = new Command("checkPackages")
    .description("Fails on COPY of shared code and on dependencies by path, with file and line.")
    .option("--source <directory>", "where to look (default: the project)")
    .parse(argv, { from: "user" });
  const root = program.opts<{ source?: string }>().source ?? packageRoot();
  const packages = findPackages(path.join(packageRoot(), "examples", "packages"));
  const problems = findSharedCode(
    root,
    packages.map(({ name }) => name),
  );
  for (const { file, line, message } of problems) {
    console.error(`${path.relative(process.cwd(), file)}:${line}: ${message}`);
  }
  return Promise.resolve(problems.length === 0 ? 0 : 1);
}
