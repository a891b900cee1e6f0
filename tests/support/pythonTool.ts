import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import execa from "execa";
import { cacheRoot } from "../../config/paths";

/**
 * Installs a program once for all checkouts, from the Python package index. Not to be done by two processes at once.
 *
 * @param requirement with its version, as `moto[server]==5.2.5`.
 * @returns the directory of its virtual environment.
 */
export async function installPythonTool(name: string, requirement: string): Promise<string> {
  const version = requirement.replace(/^.*==/, "");
  const directory = path.join(cacheRoot(), `${name}-${version}`);
  if (existsSync(path.join(directory, "complete"))) return directory;
  mkdirSync(cacheRoot(), { recursive: true });
  // A virtual environment cannot be moved, so an incomplete one is made anew in its place.
  rmSync(directory, { recursive: true, force: true });
  await execa("python3", ["-m", "venv", directory]);
  await execa(path.join(directory, "bin", "pip"), ["install", "--quiet", requirement]);
  mkdirSync(path.join(directory, "complete.new"));
  renameSync(path.join(directory, "complete.new"), path.join(directory, "complete"));
  return directory;
}
