import { existsSync } from "node:fs";
import path from "node:path";
import { findAbove, packageRoot } from "./project";

const LAUNCHER = path.join("bin", "maestro.js");
const INSTALLED = path.join("node_modules", "maestro", LAUNCHER);

/**
 * The shell command that runs a step of an update in the project's directory. States hold it, and a step whose command
 * has another text runs once more. So it names neither a checkout nor a version: `node bin/maestro.js <step>` where the
 * project has that file, as this repository and projects with a file that hands on to the package have; else the package
 * in the nearest node_modules.
 *
 * @param directory the project's, which Pulumi runs program and steps in
 */
export function stepCommand(step: string, directory: string = process.cwd()): string {
  return `node ${launcherIn(directory)} ${step}`;
}

function launcherIn(directory: string): string {
  if (existsSync(path.join(directory, LAUNCHER))) return LAUNCHER;
  const found = findAbove(directory, INSTALLED);
  const file =
    found === undefined ? path.join(packageRoot(), LAUNCHER) : path.join(found, INSTALLED);
  const relative = path.relative(directory, file);
  return /^[\w@./-]+$/.test(relative) ? relative : `'${relative.replaceAll("'", "'\\''")}'`;
}
