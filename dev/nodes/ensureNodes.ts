import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import execa from "execa";
import { packageRoot } from "../../config/project";
import { cacheRoot } from "../../config/paths";

/** Releases of Node.js that the program is tested with besides the one at hand; their exact versions are in package.json here. */
export const NODE_RELEASES = ["22", "24"] as const;

/** One of them. */
export type NodeRelease = (typeof NODE_RELEASES)[number];

const INSTALL_TIMEOUT_MILLISECONDS = 5 * 60 * 1000;

/**
 * Makes sure of the binaries of all tested releases of Node.js, and answers each one's directory, to be put in front of
 * PATH. npm installs them by hash into the cache, once for each state of the lock file.
 *
 * @throws where npm cannot install them, and on a processor that the packages do not know.
 */
export async function ensureNodes(): Promise<Readonly<Record<NodeRelease, string>>> {
  const source = path.join(packageRoot(), "dev", "nodes");
  const lock = path.join(source, "package-lock.json");
  const key = createHash("sha256").update(readFileSync(lock)).digest("hex").slice(0, 12);
  const directory = path.join(cacheRoot(), `nodes-${key}`);
  if (!existsSync(directory)) await install(source, directory);
  const entries = NODE_RELEASES.map((release) => [release, binaries(directory, release)]);
  return Object.fromEntries(entries) as Record<NodeRelease, string>;
}

async function install(source: string, directory: string): Promise<void> {
  const staging = `${directory}.${process.pid}`;
  rmSync(staging, { recursive: true, force: true });
  mkdirSync(staging, { recursive: true });
  try {
    for (const file of ["package.json", "package-lock.json"]) {
      copyFileSync(path.join(source, file), path.join(staging, file));
    }
    // A package of a binary that npm left out because of the processor is no failure for npm: `binaries` looks.
    await execa("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], {
      cwd: staging,
      timeout: INSTALL_TIMEOUT_MILLISECONDS,
      stdin: "ignore",
    });
    // Last and in one step: an interrupted installation is made again, one that another process finished is as good.
    if (!existsSync(directory)) renameSync(staging, directory);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

function binaries(directory: string, release: NodeRelease): string {
  const found = path.join(directory, "node_modules", `node${release}-${process.arch}`, "bin");
  if (existsSync(path.join(found, "node"))) return found;
  throw new Error(
    `${found}: has no node, got processor ${process.arch} on ${process.platform}; add a package for it to dev/nodes/package.json`,
  );
}
