import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { packageRoot } from "../../config/project";
import { cacheRoot } from "../../config/paths";

const BUNDLE_LIFETIME_MILLISECONDS = 24 * 60 * 60 * 1000;
const SOURCES = ["toolchain/rpc", "toolchain/plugins", "toolchain/languageHost"];

/** Hash over everything a bundle is made of. */
export function sourcesHash(): string {
  const root = packageRoot();
  const hash = createHash("sha256");
  const files = SOURCES.flatMap((directory) =>
    readdirSync(path.join(root, directory), { recursive: true, encoding: "utf8" }).map((file) =>
      path.join(directory, file),
    ),
  );
  for (const file of [...files.filter((it) => it.endsWith(".ts")).sort(), "package-lock.json"]) {
    hash.update(`${file}\0`).update(readFileSync(path.join(root, file)));
  }
  return hash.digest("hex").slice(0, 16);
}

/** One program to bundle: a launcher named as Pulumi looks for it, beside the bundled files. */
export interface BundleOptions {
  /** Entry files, relative to the repository; each becomes one bundled file. The launcher starts `main`. */
  readonly entries: readonly string[];
  /** `pulumi-resource-docker`. */
  readonly executable: string;
}

/** Bundles a program into a directory of the cache, once for each state of the sources. Answers the directory. */
export async function bundle(options: BundleOptions, hash: string): Promise<string> {
  const { entries, executable } = options;
  const directory = path.join(cacheRoot(), "bundles", `${executable}-${hash}`);
  if (existsSync(directory)) {
    return directory;
  }
  const staging = `${directory}.${process.pid}`;
  rmSync(staging, { recursive: true, force: true });
  mkdirSync(staging, { recursive: true, mode: 0o700 });
  // Only a build needs esbuild; whoever finds the bundle in the cache need not load it.
  const esbuild = await import("esbuild");
  await esbuild.build({
    entryPoints: entries.map((entry) => ({
      in: path.join(packageRoot(), entry),
      out: path.basename(entry, ".ts"),
    })),
    outdir: staging,
    bundle: true,
    minify: true,
    keepNames: true,
    platform: "node",
    target: "node20",
    logLevel: "error",
  });
  const launcher = `#!/bin/sh\nexec node "\${0%/*}/main.js" "$@"\n`;
  writeFileSync(path.join(staging, executable), launcher, { mode: 0o755 });
  publish(staging, directory);
  removeOldBundles(`${executable}-`, directory);
  return directory;
}

/** Removes bundles of older sources; not those of today, which an update under way may still start from. */
function removeOldBundles(prefix: string, current: string): void {
  const parent = path.dirname(current);
  for (const name of readdirSync(parent).filter((it) => it.startsWith(prefix))) {
    const old = path.join(parent, name);
    const age = Date.now() - (statSync(old, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (old !== current && age > BUNDLE_LIFETIME_MILLISECONDS) {
      rmSync(old, { recursive: true, force: true });
    }
  }
}

/** Puts a finished directory in place in one step; one that another process finished first is as good. */
function publish(staging: string, directory: string): void {
  try {
    renameSync(staging, directory);
  } catch (error) {
    rmSync(staging, { recursive: true, force: true });
    if (!existsSync(directory)) {
      throw error;
    }
  }
}
