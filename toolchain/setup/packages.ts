import { existsSync } from "node:fs";
import path from "node:path";
import execa from "execa";

/** Where Debian puts daemons, whether or not a user's PATH has it. */
const ADMIN_DIRECTORIES = ["/usr/sbin", "/sbin", "/usr/local/sbin"];
const LOCK_TIMEOUT_SECONDS = 180;

let updated = false;

/** All places where `command` is found: PATH first, then the directories of daemons. */
export function findCommands(command: string): string[] {
  const directories = [...(process.env.PATH ?? "").split(path.delimiter), ...ADMIN_DIRECTORIES];
  const found = directories
    .filter(Boolean)
    .map((directory) => path.join(directory, command))
    .filter((file) => existsSync(file));
  return [...new Set(found)];
}

/**
 * Installs the Debian packages whose commands are missing, and returns those packages.
 *
 * @example
 * await ensureCommands({ dockerd: "docker.io", iptables: "iptables" });
 */
export async function ensureCommands(
  packageOf: Readonly<Record<string, string>>,
): Promise<string[]> {
  const missing = Object.keys(packageOf).filter((command) => findCommands(command).length === 0);
  const packages = [...new Set(missing.map((command) => packageOf[command] ?? command))];
  if (packages.length > 0) await install(missing, packages);
  return packages;
}

async function install(commands: string[], packages: string[]): Promise<void> {
  if (findCommands("apt-get").length === 0 || process.getuid?.() !== 0) {
    throw new Error(
      `${commands.join(", ")}: not installed; install the package(s) ${packages.join(" ")}, or run as root on Debian so that this is done for you`,
    );
  }
  if (!updated) await apt(["update"]);
  updated = true;
  await apt(["install", "--yes", "--no-install-recommends", ...packages]);
}

async function apt(args: string[]): Promise<void> {
  const options = ["--quiet", "--option", `DPkg::Lock::Timeout=${LOCK_TIMEOUT_SECONDS}`];
  const result = await execa("apt-get", [...options, ...args], {
    all: true,
    reject: false,
    stdin: "ignore",
    env: { DEBIAN_FRONTEND: "noninteractive" },
  });
  // A foreign package source that fails to answer must not stop an install from the others.
  if (result.failed && args[0] !== "update") {
    throw new Error(`apt-get ${args.join(" ")}: failed\n${lastLines(result.all ?? "")}`);
  }
}

/** The end of a command's output, where the reason of its failure is. */
export function lastLines(text: string, count = 15): string {
  return text.trimEnd().split("\n").slice(-count).join("\n");
}
