import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from "node:fs";
import path from "node:path";
import execa from "execa";
import { lastLines } from "../../toolchain/setup/packages";
import { packageRoot } from "../../config/project";
import { cacheRoot } from "../../config/paths";
import { ensurePythonTools, PYTHON_DIRECTORY } from "../../toolchain/setup/pythonTools";
import { contentHash } from "../images/contentHash";
import type { PackageSource } from "./sources";

/** A package as built; name and version are written as indexes write them, whatever the source has. */
export interface Wheel extends PackageSource {
  /** File name. */
  readonly file: string;
  readonly path: string;
  /** Of the file, 64 hex digits. */
  readonly sha256: string;
}

/**
 * Builds packages reproducibly: the same source gives the same bytes on every machine. What is in the cache is not
 * built again.
 *
 * @param cache where built wheels are kept. @default packages/ in the user's cache
 */
export async function buildWheels(
  sources: readonly PackageSource[],
  cache: string = path.join(cacheRoot(), "packages"),
): Promise<Wheel[]> {
  const builder = path.join(packageRoot(), PYTHON_DIRECTORY, "buildWheels.py");
  const requirements = path.join(packageRoot(), PYTHON_DIRECTORY, "requirements.txt");
  const tools = createHash("sha256").update(readFileSync(requirements)).digest("hex");
  const targets = sources.map((source) => {
    const content = contentHash({
      directory: source.directory,
      dockerfile: builder,
      ignoreFile: "",
      base: tools,
      buildArguments: {},
    });
    return { source, target: path.join(cache, `${source.name}-${content}`) };
  });
  const missing = targets.filter(({ target }) => !existsSync(target));
  if (missing.length > 0) await build(builder, missing, cache);
  return targets.map(({ source, target }) => describe(source, target));
}

async function build(
  builder: string,
  targets: readonly { source: PackageSource; target: string }[],
  cache: string,
): Promise<void> {
  const tools = await ensurePythonTools();
  mkdirSync(cache, { recursive: true });
  const staging = mkdtempSync(path.join(cache, ".building-"));
  try {
    const args = targets.flatMap(({ source, target }) => [
      source.directory,
      path.join(staging, path.basename(target)),
    ]);
    const result = await execa(path.join(tools, "python3"), [builder, ...args], {
      reject: false,
      stdin: "ignore",
      all: true,
    });
    if (result.failed) throw new Error(`packages: build failed\n${lastLines(result.all ?? "")}`);
    for (const { target } of targets) {
      // Somebody else may have built the same meanwhile: equal names have equal content.
      if (!existsSync(target)) renameSync(path.join(staging, path.basename(target)), target);
    }
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

function describe(source: PackageSource, target: string): Wheel {
  const file = readdirSync(target).find((name) => name.endsWith(".whl"));
  if (file === undefined) throw new Error(`${target}: holds no wheel; remove it and try again`);
  const full = path.join(target, file);
  const sha256 = createHash("sha256").update(readFileSync(full)).digest("hex");
  const told = JSON.parse(readFileSync(path.join(target, "package.json"), "utf8")) as object;
  return { ...source, ...told, file, path: full, sha256 };
}
