import { setTimeout as sleep } from "node:timers/promises";
import { findRegistry, lookForRegistry } from "../../registry/probe";
import { isLoopback } from "../../registry/reference";
import { ensureBaseImage, type BaseImageName } from "./baseImages";
import { docker, tryDocker } from "./dockerClient";
import { lastLines } from "./packages";
import type { Say } from "./step";

const NAME = "maestro-registry";
const DEFAULT_ADDRESS = "localhost:5000";
const CONTAINER_PORT = 5000;
const START_DEADLINE_SECONDS = 20;

/** Where the local registry is to be, `host:port`; everything defaults to `localhost:5000`. */
export interface RegistryOptions {
  readonly address?: string;
  /** Name of the container and of the volume that keeps the images. */
  readonly name?: string;
}

/** Makes sure that the local registry answers at its address; returns its state in a few words. */
export async function ensureRegistry(options: RegistryOptions = {}, say?: Say): Promise<string> {
  const address = options.address ?? DEFAULT_ADDRESS;
  const name = options.name ?? NAME;
  const image = await ensureBaseImage("registry", say);
  const found = await inspectContainer(name);
  if (found && !isAsWanted(found, address, image.reference)) {
    await docker(["rm", "--force", "--volumes", name]);
  } else if (found) {
    if (!found.running) await docker(["start", name]);
    await waitUntilHealthy(address, name);
    return `${address}, ${found.running ? "present" : "started again"}`;
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
  await waitUntilHealthy(address, name);
  return `${address}, created`;
}

/** Removes the local registry with all its images; nothing happens where there is none. */
export async function removeRegistry(name: string = NAME): Promise<void> {
  await tryDocker(["rm", "--force", "--volumes", name]);
  if ((await tryDocker(["volume", "inspect", name])).ok) await docker(["volume", "rm", name]);
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
  readonly running: boolean;
  readonly image: string;
  readonly hostPort: string | undefined;
}

async function inspectContainer(name: string): Promise<FoundContainer | undefined> {
  const port = `{{with index .HostConfig.PortBindings "${CONTAINER_PORT}/tcp"}}{{(index . 0).HostPort}}{{end}}`;
  const format = `{{.State.Running}} {{.Config.Image}} ${port}`;
  const answer = await tryDocker(["container", "inspect", "--format", format, name]);
  if (!answer.ok) return undefined;
  const [running, image, hostPort] = answer.output.trim().split(" ");
  return { running: running === "true", image: image ?? "", hostPort };
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
    "--label=maestro.part=registry",
    image,
  ]);
  // Another command has just created it.
  if (answer.ok || answer.output.includes("is already in use by container")) return;
  await tryDocker(["rm", "--force", "--volumes", name]);
  throw new Error(
    `${address}: the registry cannot start there; free the port, or set address in maestro:registry\n${answer.output}`,
  );
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
