import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from "node:fs";
import path from "node:path";
import execa from "execa";
import { cacheRoot } from "../../config/paths";
import { packageRoot } from "../../config/project";

const SOURCE = path.join("examples", "frontend");

/**
 * Builds releases of the example frontend with its own Vite and returns the directory whose `dist-<release>` hold them.
 * It is kept in the cache under the content of the example.
 */
export async function buildFrontend(releases: readonly string[]): Promise<string> {
  const source = path.join(packageRoot(), SOURCE);
  const names = ["index.html", "package.json", "package-lock.json", "vite.config.js", "src"];
  const directory = path.join(cacheRoot(), "frontend", contentOf(source, names));
  if (!existsSync(path.join(directory, "node_modules"))) {
    // An interrupted installation must not leave half of it under the final name.
    const staging = `${directory}.${process.pid}`;
    mkdirSync(staging, { recursive: true });
    for (const name of names)
      cpSync(path.join(source, name), path.join(staging, name), { recursive: true });
    await execa("npm", ["ci", "--silent", "--ignore-scripts"], { cwd: staging });
    rmSync(directory, { recursive: true, force: true });
    renameSync(staging, directory);
  }
  for (const release of releases) {
    const target = `dist-${release}`;
    if (existsSync(path.join(directory, target))) continue;
    await execa(
      "npm",
      ["run", "--silent", "build", "--", "--outDir", `${target}.part`, "--logLevel", "warn"],
      {
        cwd: directory,
        env: { RELEASE: release },
      },
    );
    renameSync(path.join(directory, `${target}.part`), path.join(directory, target));
  }
  return directory;
}

/** File names of a built release below its assets. */
export function assetsOf(directory: string, release: string): string[] {
  return readdirSync(path.join(directory, `dist-${release}`, "assets"));
}

function contentOf(source: string, names: readonly string[]): string {
  const hash = createHash("sha256").update(process.version);
  for (const name of names) {
    const files =
      name === "src"
        ? readdirSync(path.join(source, name))
            .sort()
            .map((file) => path.join(name, file))
        : [name];
    for (const file of files)
      hash.update(`${file}\n`).update(readFileSync(path.join(source, file)));
  }
  return hash.digest("hex").slice(0, 12);
}
