import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";

/** A shared package's source. */
export interface PackageSource {
  readonly name: string;
  readonly version: string;
  readonly directory: string;
}

/** Finds the packages in a directory: every sub-directory with a `pyproject.toml`. */
export function findPackages(directory: string): PackageSource[] {
  if (!existsSync(directory)) throw new Error(`--source: no such directory, got "${directory}"`);
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => path.join(directory, entry.name))
    .filter((each) => existsSync(path.join(each, "pyproject.toml")))
    .sort()
    .map((each) => ({ ...readProject(path.join(each, "pyproject.toml")), directory: each }));
}

function readProject(file: string): { name: string; version: string } {
  const lines = readFileSync(file, "utf8").split("\n");
  const begin = lines.indexOf("[project]");
  const length = lines.slice(begin + 1).findIndex((line) => line.startsWith("["));
  const section = lines.slice(begin + 1, length < 0 ? undefined : begin + 1 + length);
  const value = (key: string) => {
    const found = section.map((line) => new RegExp(`^${key}\\s*=\\s*"([^"]+)"`).exec(line)?.[1]);
    const text = found.find((each) => each !== undefined);
    if (begin < 0 || text === undefined) {
      throw new Error(`${file}: project.${key}: is missing; write ${key} = "..." under [project]`);
    }
    return text;
  };
  return { name: value("name"), version: value("version") };
}
