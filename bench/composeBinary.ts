import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import execa from "execa";
import { packageRoot } from "../config/project";
import { cacheRoot } from "../config/paths";

const PACKAGE = "github.com/docker/compose/v2/cmd";
const VERSION_VARIABLE = "github.com/docker/compose/v2/internal.Version";
const TOOLS = path.join("bench", "tools");

/** Docker Compose, built from its Go module once and kept in the cache; its full path. */
export async function ensureCompose(): Promise<string> {
  const version = composeVersion();
  const file = path.join(cacheRoot(), `compose-${version}`, "docker-compose");
  if (!existsSync(file)) await build(file, version);
  return file;
}

/** The version of Docker Compose that bench/tools/go.mod names. */
export function composeVersion(): string {
  const modules = readFileSync(path.join(packageRoot(), TOOLS, "go.mod"), "utf8");
  const version = /^\s*github\.com\/docker\/compose\/v2 (v\S+)/m.exec(modules)?.[1];
  if (!version)
    throw new Error(`${TOOLS}/go.mod: names no version of github.com/docker/compose/v2`);
  return version;
}

async function build(file: string, version: string): Promise<void> {
  console.error(
    `building Docker Compose ${version} from its Go module, which takes a minute or two`,
  );
  mkdirSync(path.dirname(file), { recursive: true });
  // An interrupted build must not leave half a program under the final name.
  const staging = `${file}.${process.pid}`;
  const flags = `-s -w -X ${VERSION_VARIABLE}=${version}`;
  try {
    const args = ["build", "-mod=readonly", "-o", staging, "-ldflags", flags, PACKAGE];
    await execa("go", args, { cwd: path.join(packageRoot(), TOOLS) });
    renameSync(staging, file);
  } finally {
    rmSync(staging, { force: true });
  }
}
