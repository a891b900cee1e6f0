import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parse, stringify } from "yaml";
import ROOMS from "../../dev/rooms.json";
import { packageRoot } from "../../config/project";
import { stateRoot } from "../../config/paths";
import type { Project } from "./testStack";

/** Rooms of the repository that no release needs. */
const NOT_NEEDED = ["examples", "dev", "bench", "tests"];

/** What a project that releases by this program has of it. */
const PROGRAM = [
  ...Object.keys(ROOMS).filter((room) => !NOT_NEEDED.includes(room)),
  ...["bin", "engine.ts", "index.ts", "outputs.ts", "program.js"],
  ...["package.json", "package-lock.json", "services.yaml", "tsconfig.json"],
];

/**
 * A copy of the program as a project of another name.
 *
 * @param settings further keys of its Pulumi.yaml
 */
export function copyProject(name: string, settings: object = {}): Project {
  const root = path.join(stateRoot(), "tests", `project-${name}`);
  rmSync(root, { recursive: true, force: true });
  mkdirSync(root, { recursive: true });
  for (const each of PROGRAM) {
    cpSync(path.join(packageRoot(), each), path.join(root, each), { recursive: true });
  }
  symlinkSync(path.join(packageRoot(), "node_modules"), path.join(root, "node_modules"));
  const own = parse(readFileSync(path.join(packageRoot(), "Pulumi.yaml"), "utf8")) as object;
  writeFileSync(path.join(root, "Pulumi.yaml"), stringify({ ...own, name, ...settings }));
  return { root, name };
}
