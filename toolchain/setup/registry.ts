import { setTimeout as sleep } from "node:timers/promises";
import { findFreePort, findListener } from "../../config/ports";
import { projectName } from "../../config/project";
import { findRegistry, lookForRegistry } from "../../registry/probe";
import { isLoopback } from "../../registry/reference";
import { ensureBaseImage, type BaseImageName } from "./baseImages";
import { docker, tryDocker } from "./dockerClient";
import { describeUsers, endUse, forgetUsers, noteUse, otherUsers } from "./machineUsers";
import { lastLines } from "./packages";
import type { Say } from "./step";

const PART_LABEL = "maestro.part=registry";
const DEFAULT_ADDRESS = "localhost:5000";
const CONTAINER_PORT = 5000;
const START_DEADLINE_SECONDS = 20;

/** Where the local registry is to be, `host:port`; everything defaults to `localhost:5000`. */
export interface RegistryOptions {
  readonly address?: string;
  /**
   * Name of the container and of the volume that keeps the images.
   *
   * @default - the registry that is at the address, whichever project made it; else `<project>-registry`, with the port
   *   behind it where the project has one elsewhere already
   */
  readonly name?: string;
}

/**
 * Makes sure that a local registry answers at its address, and notes that this project uses it; returns its state in a
 * few words. A registry that another project uses too is never replaced, and one at another address never touched.
 */
export async function ensureRegistry(options: RegistryOptions = {}, say?: Say): Promise<string> {
  const address = options.address ?? DEFAULT_ADDRESS;
  const image = await ensureBaseImage("registry", say);
  const name = options.name ?? (await nameFor(address));
  const found = await inspectContainer(name);
  if (found && !isAsWanted(found, address, image.reference)) {
    const others = await otherUsers(name);
    if (others.length === 0) await docker(["rm", "--force", "--volumes", name]);
    else return shareRegistry(name, address, found, `kept for ${describeUsers(others)}`);
  } else if (found) {
    return shareRegistry(name, address, found, found.running ? "present" : "started again");
  }
  const there = await findRegistry(address);
  if (there === "registry") return `${address}, not ours, used as it is`;
  if (!isLoopback(address)) {
    const wrong = there === "nothing" ? "no registry answers" : "what answers is no registry";
    throw new Error(
      `maestro:registry.address: ${wrong} at "${address}"; start it, or name one on this machine like ${DEFAULT_ADDRESS}`,
    );
  }
  await createContainer(name, address, image.reference);
  await noteUse(name);
  await waitUntilHealthy(address, name);
  return `${address}, created`;
}

/** Notes that this project uses the local registry that answers at an address, if it is one that a project has made. */
export async function noteRegistryUse(address: string): Promise<void> {
  const there = (await listRegistries()).find(({ hostPort }) => hostPort === portOf(address));
  if (there && isLoopback(address)) await noteUse(there.name);
}

/** Starts the local registry that is to be at an address, where a project has made one and it is stopped; says what was done. */
export async function startRegistry(address: string): Promise<string> {
  const there = (await listRegistries()).find(({ hostPort }) => hostPort === portOf(address));
  if (there === undefined)
    throw new Error(`no project has made a registry at ${address}; run \`maestro setup\``);
  if (!there.running) await docker(["start", there.name]);
  await waitUntilHealthy(address, there.name);
  return `${there.name} started`;
}

/**
 * Takes this project off the lists of who uses the machine's local registries, and removes those that nobody else uses;
 * returns what became of them in a few words.
 */
export async function leaveRegistries(): Promise<string> {
  const own = `${projectName()}-registry`;
  const kept: string[] = [];
  for (const { name } of await listRegistries()) {
    const used = await endUse(name);
    const others = await otherUsers(name);
    // One that an older version has made has no list.
    if (!used && (name !== own || others.length > 0)) continue;
    if (others.length > 0) kept.push(`${name} is kept for ${describeUsers(others)}`);
    else await removeRegistry(name);
  }
  return kept.join("; ") || "removed";
}

/** Removes a local registry with all its images, whoever uses it; nothing happens where there is none. */
export async function removeRegistry(name: string): Promise<void> {
  await tryDocker(["rm", "--force", "--volumes", name]);
  if ((await tryDocker(["volume", "inspect", name])).ok) await docker(["volume", "rm", name]);
  await forgetUsers(name);
}

/**
 * Pushes an image of the engine under `reference` (`localhost:5000/maestro/nginx:tag`) and returns the digest that
 * the registry gave it.
 */
export async function pushImage(localTag: string, reference: string): Promise<string> {
  if (localTag !== reference) await docker(["tag", localTag, reference]);
  const output = await docker(["push", reference]);
  const digest = /digest: (sha256:[0-9a-f]{64})/.exec(output)?.[1];
  if (!digest) throw new Error(`${reference}: no digest in the answer to the push\n${output}`);
  return digest;
}

/** Pushes a base image; returns it pinned: `<address>/maestro/<name>@<digest>`. */
export async function pushBaseImage(
  name: BaseImageName,
  address: string = DEFAULT_ADDRESS,
  say?: Say,
): Promise<string> {
  const image = await ensureBaseImage(name, say);
  const tag = image.reference.slice(image.reference.lastIndexOf(":"));
  const repository = `${address}/maestro/${name}`;
  return `${repository}@${await pushImage(image.reference, repository + tag)}`;
}

interface FoundContainer {
  readonly name: string;
  readonly running: boolean;
  readonly image: string;
  readonly hostPort: string | undefined;
}

/** The registry that is at the address already, else a name that no container has. */
async function nameFor(address: string): Promise<string> {
  const there = (await listRegistries()).find(({ hostPort }) => hostPort === portOf(address));
  if (there) return there.name;
  const own = `${projectName()}-registry`;
  const isTaken = (await inspectContainer(own)) !== undefined;
  return isTaken ? `${own}-${portOf(address)}` : own;
}

/** All registries that projects have made on this machine, those that do not run too. */
async function listRegistries(): Promise<FoundContainer[]> {
  const list = ["container", "ls", "--all", "--quiet", "--filter", `label=${PART_LABEL}`];
  const { ok, output } = await tryDocker(list);
  const ids = ok ? output.split("\n").filter(Boolean) : [];
  return ids.length > 0 ? inspectContainers(ids) : [];
}

async function inspectContainer(name: string): Promise<FoundContainer | undefined> {
  return (await inspectContainers([name]))[0];
}

async function inspectContainers(names: readonly string[]): Promise<FoundContainer[]> {
  const port = `{{with index .HostConfig.PortBindings "${CONTAINER_PORT}/tcp"}}{{(index . 0).HostPort}}{{end}}`;
  const format = `{{.Name}} {{.State.Running}} {{.Config.Image}} ${port}`;
  const answer = await tryDocker(["container", "inspect", "--format", format, ...names]);
  if (!answer.ok) return [];
  return answer.output
    .split("\n")
    .filter(Boolean)
    .map((line) => {
      const [name = "", running, image = "", hostPort] = line.trim().split(" ");
      return { name: name.replace(/^\//, ""), running: running === "true", image, hostPort };
    });
}

/** Uses a registry that is there. */
async function shareRegistry(
  name: string,
  address: string,
  { running }: FoundContainer,
  state: string,
): Promise<string> {
  await noteUse(name);
  if (!running) await docker(["start", name]);
  await waitUntilHealthy(address, name);
  return `${address}, ${state}`;
}

function isAsWanted(found: FoundContainer, address: string, image: string): boolean {
  return found.image === image && found.hostPort === portOf(address);
}

function portOf(address: string): string {
  return /:(\d+)$/.exec(address)?.[1] ?? "80";
}

async function createContainer(name: string, address: string, image: string): Promise<void> {
  const answer = await tryDocker([
    "run",
    "--detach",
    `--name=${name}`,
    `--publish=127.0.0.1:${portOf(address)}:${CONTAINER_PORT}`,
    `--volume=${name}:/var/lib/registry`,
    "--restart=unless-stopped",
    "--read-only",
    "--tmpfs=/tmp",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges",
    "--memory=512m",
    "--memory-swap=512m",
    "--pids-limit=200",
    "--log-opt=max-size=10m",
    "--log-opt=max-file=2",
    `--label=${PART_LABEL}`,
    image,
  ]);
  // Another command has just created it.
  if (answer.ok || answer.output.includes("is already in use by container")) return;
  await tryDocker(["rm", "--force", "--volumes", name]);
  throw new Error(
    `${address}: the registry cannot start there; ${await freeAddress(address)}\n${answer.output}`,
  );
}

/** Who has a registry's port, and how a free one is taken. */
async function freeAddress(address: string): Promise<string> {
  const port = Number(portOf(address));
  const list = ["container", "ls", "--filter", `publish=${port}`, "--format", "{{.Names}}"];
  const { ok, output } = await tryDocker(list);
  const container = ok ? output.split("\n")[0] : "";
  const holder = container ? `container ${container}` : findListener(port);
  const who = holder === null ? "free the port" : `${holder} has the port: stop it`;
  const free = await findFreePort("127.0.0.1", port);
  const set = `pulumi config set --path maestro:registry.address localhost:${free ?? "<port>"}`;
  return `${who}, or take another one: \`${set}\``;
}

async function waitUntilHealthy(address: string, name: string): Promise<void> {
  const deadline = Date.now() + START_DEADLINE_SECONDS * 1000;
  while ((await lookForRegistry(address)) !== "registry") {
    if (Date.now() > deadline) {
      const logs = await tryDocker(["logs", "--tail", "15", name]);
      throw new Error(
        `${address}: container ${name} does not answer after ${START_DEADLINE_SECONDS} s; its last log lines:\n${lastLines(logs.output)}`,
      );
    }
    await sleep(50);
  }
}
