import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";

/** A shared package's source. */
export interface PackageSource {
  /** As indexes write it (PEP 503): `Trial_Core.Thing` is `trial-core-thing`. */
  readonly name: string;
  /** As its source has it. */
  readonly version: string;
  readonly directory: string;
}

/** Finds the packages in a directory: every sub-directory with a `pyproject.toml`. */
export function findPackages(directory: string): PackageSource[] {
  if (!existsSync(directory)) throw new Error(`--source: no such directory, got "${directory}"`);
  const found = readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => path.join(directory, entry.name))
    .filter((each) => existsSync(path.join(each, "pyproject.toml")))
    .sort()
    .map((each) => ({ ...readProject(path.join(each, "pyproject.toml")), directory: each }));
  for (const [index, { name, directory: second }] of found.entries()) {
    const first = found.findIndex((each) => each.name === name);
    if (first < index) {
      throw new Error(
        `${second}: is package ${name}, as is ${found[first]?.directory}: indexes tell neither case nor - _ . apart; ` +
          `rename one`,
      );
    }
  }
  return found;
}

/** The one spelling of a name that an index knows (PEP 503). */
function normalizeName(name: string): string {
  return name.replace(/[-_.]+/g, "-").toLowerCase();
}

function readProject(file: string): { name: string; version: string } {
  const lines = readFileSync(file, "utf8").split(/\r?\n/);
  const begin = lines.findIndex((line) => /^\s*\[\s*project\s*\]\s*(?:#.*)?$/.test(line));
  const length = lines.slice(begin + 1).findIndex((line) => line.startsWith("["));
  const section = lines.slice(begin + 1, length < 0 ? undefined : begin + 1 + length);
  const value = (key: string) => {
    const pattern = new RegExp(`^\\s*${key}\\s*=\\s*(?:"([^"]+)"|'([^']+)')`);
    const found = section.map((line) => pattern.exec(line)?.slice(1).find(Boolean));
    const text = found.find((each) => each !== undefined);
    if (begin < 0 || text === undefined) {
      throw new Error(`${file}: project.${key}: is missing; write ${key} = "..." under [project]`);
    }
    return text;
  };
  return { name: normalizeName(value("name")), version: value("version") };
}
