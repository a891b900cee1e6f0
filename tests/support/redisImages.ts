import { cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import execa from "execa";
import { packageRoot } from "../../config/project";
import { buildImage } from "../../operations/images/buildImage";
import { ensureCommands } from "../../toolchain/setup/packages";
import { pushImage } from "../../toolchain/setup/registry";

const REPOSITORY = "localhost:5000/maestro-foreign/redis";
const PROGRAMS = ["redis-server", "redis-cli"];

/**
 * Pushes images of Debian's Redis that differ by their version alone, and have no shell.
 *
 * @returns each by digest.
 */
export async function pushRedis(...versions: string[]): Promise<string[]> {
  await ensureCommands({ "redis-server": "redis-server", "redis-cli": "redis-tools" });
  const context = mkdtempSync(path.join(tmpdir(), "maestro-redis-"));
  try {
    for (const file of await filesOfRedis()) copy(file, path.join(context, "root"));
    const pushed: string[] = [];
    for (const version of versions) {
      const reference = `${REPOSITORY}:${version}`;
      const dockerfile = path.join(packageRoot(), "tests", "foreign", "redis", "Dockerfile");
      const arguments_ = { buildArguments: { VERSION: version }, labels: {}, secrets: [] };
      await buildImage(
        { context, dockerfile, ...arguments_, references: [reference] },
        () => undefined,
      );
      pushed.push(`${REPOSITORY}@${await pushImage(reference, reference)}`);
    }
    return pushed;
  } finally {
    rmSync(context, { recursive: true });
  }
}

/** The programs, what loads them, and their libraries. */
async function filesOfRedis(): Promise<string[]> {
  const programs = PROGRAMS.map((name) => `/usr/bin/${name}`);
  const { stdout } = await execa("ldd", programs);
  const libraries = [...stdout.matchAll(/(?:=> )?(\/\S+) \(0x/g)].map(([, file]) => file!);
  return [...programs, ...new Set(libraries)];
}

/** A file under its own name, whatever it is a link to. */
function copy(file: string, root: string): void {
  const target = path.join(root, file);
  if (existsSync(target)) return;
  mkdirSync(path.dirname(target), { recursive: true });
  cpSync(realpathSync(file), target);
}
