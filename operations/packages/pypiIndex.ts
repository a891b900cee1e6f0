import { createHash, randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { buildImage } from "../images/buildImage";
import { createBuildSecrets, readPipSettings } from "../images/buildSecrets";
import { ensureBaseImage } from "../../toolchain/setup/baseImages";
import { docker, tryDocker } from "../../toolchain/setup/dockerClient";
import {
  describeUsers,
  endUse,
  forgetUsers,
  noteUse,
  otherUsers,
} from "../../toolchain/setup/machineUsers";
import { lastLines } from "../../toolchain/setup/packages";
import { packageRoot, projectName } from "../../config/project";
import { cacheRoot } from "../../config/paths";
import { PYTHON_DIRECTORY } from "../../toolchain/setup/pythonTools";
import type { Say } from "../../toolchain/setup/step";

const NAME = "maestro-pypi";
const PART_LABEL = "maestro.part=pypi";
const DEFAULT_PORT = 28081;
const CONTAINER_PORT = 8080;
const DEFAULT_UPSTREAM = "https://pypi.org/simple";
const START_DEADLINE_SECONDS = 20;
const PREFIX = "/repository/pypi-hosted";
/** Packages that are never looked for in the upstream index. */
export const PRIVATE_PACKAGES = "maestro-";

/** Where the embedded index is to be. */
export interface PypiIndexOptions {
  /** Port on this machine's loopback. @default 28081 */
  readonly port?: number;
}

/** Who may use the embedded index. */
export interface IndexLogin {
  readonly user: string;
  readonly password: string;
}

/**
 * Makes sure that the embedded package index answers, and notes that this project uses it; returns its state in a few
 * words. Projects of one user share it; one that another project uses too is started, but never replaced.
 */
export async function ensurePypiIndex(
  options: PypiIndexOptions = {},
  say: Say = () => {},
): Promise<string> {
  const { port = DEFAULT_PORT } = options;
  const name = nameOf(port);
  const image = await ensureImage(say);
  const wanted = containerSpec(name, port, image);
  const key = createHash("sha256").update(JSON.stringify(wanted)).digest("hex").slice(0, 12);
  const format = '{{.State.Running}} {{index .Config.Labels "maestro.spec"}}';
  const found = await tryDocker(["container", "inspect", "--format", format, name]);
  await noteUse(name);
  if (found.ok && found.output.trim() === `true ${key}`) {
    await waitUntilHealthy(port, name);
    return `localhost:${port}, present`;
  }
  const others = found.ok ? await otherUsers(name) : [];
  if (others.length > 0) {
    await docker(["start", name]);
    await waitUntilHealthy(port, name);
    return `localhost:${port}, kept for ${describeUsers(others)}`;
  }
  if (found.ok) await docker(["rm", "--force", "--volumes", name]);
  const started = await tryDocker(["run", "--detach", `--label=maestro.spec=${key}`, ...wanted]);
  // Another command has just created it.
  if (!started.ok && !started.output.includes("is already in use by container")) {
    await tryDocker(["rm", "--force", "--volumes", name]);
    throw new Error(
      `localhost:${port}: the package index cannot start there; free the port, or name another index in ` +
        `maestro:packages\n${started.output}`,
    );
  }
  await waitUntilHealthy(port, name);
  return `localhost:${port}, ${found.ok ? "started again" : "created"}`;
}

/**
 * Takes this project off the lists of who uses the machine's package indexes, and removes those that nobody else uses;
 * returns what became of them in a few words.
 */
export async function leavePypiIndexes(): Promise<string> {
  const kept: string[] = [];
  const list = ["container", "ls", "--all", "--filter", `label=${PART_LABEL}`];
  const { ok, output } = await tryDocker([...list, "--format", "{{.Names}}"]);
  for (const name of ok ? output.split("\n").filter(Boolean) : []) {
    const used = await endUse(name);
    const others = await otherUsers(name);
    // One that an older version has made has no list.
    if (!used && (name !== `${projectName()}-pypi` || others.length > 0)) continue;
    if (others.length > 0) kept.push(`${name} is kept for ${describeUsers(others)}`);
    else await removeContainer(name);
  }
  return kept.join("; ") || "removed";
}

/** Removes the embedded index with all its packages, whoever uses it; nothing happens where there is none. */
export async function removePypiIndex(port: number = DEFAULT_PORT): Promise<void> {
  await removeContainer(nameOf(port));
}

async function removeContainer(name: string): Promise<void> {
  await tryDocker(["rm", "--force", "--volumes", name]);
  if ((await tryDocker(["volume", "inspect", name])).ok) await docker(["volume", "rm", name]);
  await forgetUsers(name);
}

/** The login that this user's embedded index asks for; made at the first call. */
export function indexLogin(): IndexLogin {
  const file = path.join(loginDirectory(), "password");
  if (!existsSync(file)) {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    try {
      // "wx": of two processes that start at once, only one may decide.
      writeFileSync(file, randomBytes(32).toString("base64url"), { mode: 0o600, flag: "wx" });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
  return { user: "maestro", password: readFileSync(file, "utf8").trim() };
}

/** The index that this machine's pip is configured for, without a login: clients are sent there for what is not ours. */
export function upstreamIndex(env: Readonly<Record<string, string | undefined>>): string {
  const url = new URL(readPipSettings(env)["index-url"] ?? DEFAULT_UPSTREAM);
  url.username = "";
  url.password = "";
  return url.toString().replace(/\/$/, "");
}

/** Name of the container, and of the volume that keeps its packages. */
function nameOf(port: number): string {
  return port === DEFAULT_PORT ? NAME : `${NAME}-${port}`;
}

function loginDirectory(): string {
  return path.join(cacheRoot(), "pypi-index");
}

/** The container sees only a hash of the password. */
function writeLoginFile(): string {
  const { user, password } = indexLogin();
  const directory = path.join(loginDirectory(), "mounted");
  mkdirSync(directory, { recursive: true });
  const hash = createHash("sha256").update(password).digest("hex");
  writeFileSync(path.join(directory, "login"), `${user}:${hash}\n`);
  chmodSync(path.join(directory, "login"), 0o644);
  return directory;
}

function containerSpec(name: string, port: number, image: string): string[] {
  return [
    `--name=${name}`,
    `--publish=127.0.0.1:${port}:${CONTAINER_PORT}`,
    `--volume=${name}:/packages`,
    `--volume=${writeLoginFile()}:/run/maestro:ro`,
    `--env=UPSTREAM_INDEX=${upstreamIndex(process.env)}`,
    `--env=PRIVATE_PACKAGES=${PRIVATE_PACKAGES}`,
    "--restart=unless-stopped",
    "--read-only",
    "--tmpfs=/tmp",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges",
    "--memory=256m",
    "--memory-swap=256m",
    "--pids-limit=100",
    "--log-opt=max-size=10m",
    "--log-opt=max-file=2",
    `--label=${PART_LABEL}`,
    image,
  ];
}

/** Builds the index's image where its parts have changed, and returns its reference. */
async function ensureImage(say: Say): Promise<string> {
  const base = await ensureBaseImage("python", say);
  const context = path.join(packageRoot(), PYTHON_DIRECTORY, "pypiIndex");
  const hash = createHash("sha256").update(base.content);
  const parts = ["Dockerfile", "requirements.txt", "server.py"];
  for (const part of parts) hash.update(readFileSync(path.join(context, part)));
  const reference = `maestro/pypi:${hash.digest("hex").slice(0, 12)}`;
  if ((await tryDocker(["image", "inspect", reference])).ok) return reference;
  say("building its image");
  const secrets = createBuildSecrets();
  try {
    await buildImage(
      {
        context,
        dockerfile: path.join(context, "Dockerfile"),
        buildArguments: { PYTHON_IMAGE: base.reference },
        labels: {},
        secrets: secrets.arguments(),
        references: [reference],
      },
      say,
    );
  } finally {
    secrets.remove();
  }
  return reference;
}

async function waitUntilHealthy(port: number, name: string): Promise<void> {
  const deadline = performance.now() + START_DEADLINE_SECONDS * 1000;
  while (!(await answers(port))) {
    if (performance.now() > deadline) {
      const logs = await tryDocker(["logs", "--tail", "15", name]);
      throw new Error(
        `localhost:${port}: container ${name} does not answer after ${START_DEADLINE_SECONDS} s; its last log lines:\n${lastLines(logs.output)}`,
      );
    }
    await sleep(50);
  }
}

async function answers(port: number): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(2000);
    return (await fetch(`http://localhost:${port}${PREFIX}/health`, { signal })).ok;
  } catch {
    return false;
  }
}
