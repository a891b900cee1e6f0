import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import execa from "execa";
import { ensureCommands, lastLines } from "./packages";
import { packageRoot } from "../../config/project";
import { cacheRoot } from "../../config/paths";
import type { Say } from "./step";

/** Directory of what runs on Python here, with the requirements of the tools. */
export const PYTHON_DIRECTORY = path.join("toolchain", "python");

/**
 * Makes sure of a virtual environment with exactly the packages of a requirements file, hash-checked, and returns its
 * `bin` directory. It is kept in the cache under the file's content.
 *
 * @param requirements path of the file, relative to the project; default: the package tools (hatchling, twine, uv).
 */
export async function ensurePythonTools(
  say: Say = () => {},
  requirements: string = path.join(PYTHON_DIRECTORY, "requirements.txt"),
): Promise<string> {
  const file = path.join(packageRoot(), requirements);
  const key = createHash("sha256").update(readFileSync(file)).digest("hex").slice(0, 12);
  const directory = path.join(cacheRoot(), `python-tools-${key}`);
  const done = path.join(directory, "bin", ".complete");
  if (!existsSync(done)) {
    say("installing Python tools");
    await ensureCommands({ python3: "python3" });
    await install(directory, file);
    // Last, so that an installation that was interrupted is made again.
    writeFileSync(done, "");
  }
  return path.join(directory, "bin");
}

async function install(directory: string, requirements: string): Promise<void> {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(path.dirname(directory), { recursive: true });
  await run("python3", ["-m", "venv", directory], "install Debian's python3-venv");
  await run(
    path.join(directory, "bin", "python3"),
    ["-m", "pip", "install", "--quiet", "--require-hashes", "--requirement", requirements],
    "see that pip reaches its package index",
  );
}

async function run(command: string, args: readonly string[], wayOut: string): Promise<void> {
  const result = await execa(command, args, { reject: false, stdin: "ignore", all: true });
  if (!result.failed) return;
  throw new Error(`Python tools: ${wayOut}\n${lastLines(result.all ?? "")}`);
}
