import { createHash } from "node:crypto";
import type Docker from "dockerode";
import { canonicalJson } from "../release/release";
import { stackLabels } from "../rules/host/containerLabels";
import {
  CONFIG_MOUNT,
  OBSERVER_ID,
  observerName,
  observerNetwork,
  OBSERVERS,
  RELOADING,
  type Observer,
} from "../rules/observability/layout";
import { configName, type ObserverPlan } from "../rules/observability/plan";
import { WITH_VOLUMES } from "./engine";
import { ensureImages } from "./images";
import { STEPPED_BACK_SHARES } from "../rules/host/cpuShares";
import { RESTART_POLICY } from "./restartPolicy";
import { tarOf } from "./tar";

/** Holds a hash of all that a container was made from: a container with another one is made anew. */
const HASH_LABEL = "maestro.observer";
const GRACE_SECONDS = 10;

/**
 * Makes a server of the observability stack what it is to be: its container is made anew where another one is wanted, and
 * reads its configuration again where that may be another one.
 *
 * @param secrets name below the configuration's directory -> content.
 * @throws Error saying what is in the way, such as an image that cannot be had.
 */
export async function placeObserver(
  engine: Docker,
  prefix: string,
  plan: ObserverPlan,
  secrets: Readonly<Record<string, string>>,
): Promise<void> {
  await ensureImages(engine, [plan.image]);
  const name = observerName(prefix, plan.observer);
  const found = await find(engine, name);
  const isWanted = found?.hash === hashOf(plan);
  if (found && !isWanted) await take(engine, name);
  const container =
    found && isWanted ? engine.getContainer(name) : await create(engine, prefix, plan);
  await container.putArchive(configOf(plan, secrets), { path: CONFIG_MOUNT });
  await makeDataDirectory(container, plan);
  if (!found?.isRunning || !isWanted) await container.start();
  else if (RELOADING.includes(plan.observer)) await container.kill({ signal: "SIGHUP" });
}

/** A volume is root's where the image has nothing at its place, and the server is not root. */
async function makeDataDirectory(
  container: Docker.Container,
  { dataPath, dataDirectory }: ObserverPlan,
): Promise<void> {
  if (dataDirectory === undefined) return;
  const owner = { uid: OBSERVER_ID, gid: OBSERVER_ID };
  const directory = tarOf([{ name: `${dataDirectory}/`, mode: 0o700, ...owner }]);
  await container.putArchive(directory, { path: dataPath });
}

/** Makes the network of the servers alone; one that is there stays. */
export async function makeObserverNetwork(engine: Docker, prefix: string): Promise<void> {
  const Name = observerNetwork(prefix);
  const found = await engine.listNetworks({ filters: { name: [Name] } });
  if (found.some((network) => network.Name === Name)) return;
  await engine.createNetwork({ Name, Driver: "bridge", Labels: stackLabels(prefix) });
}

/** Whether every server of a plan runs, and is what the plan says. */
export async function areObserversUp(
  engine: Docker,
  prefix: string,
  plans: readonly ObserverPlan[],
): Promise<boolean> {
  const found = await Promise.all(
    plans.map(async (plan) => {
      const there = await find(engine, observerName(prefix, plan.observer));
      return there !== null && there.isRunning && there.hash === hashOf(plan);
    }),
  );
  return found.every(Boolean);
}

/**
 * Takes the observability stack away, except what it remembers.
 *
 * @returns the volumes that are left.
 */
export async function removeObservers(engine: Docker, prefix: string): Promise<string[]> {
  const kept = await takeObservers(engine, prefix, OBSERVERS);
  await ifThere(engine.getNetwork(observerNetwork(prefix)).remove());
  return kept;
}

/**
 * Takes servers away that a stack has no more.
 *
 * @returns the volumes that are left of them.
 */
export async function takeObservers(
  engine: Docker,
  prefix: string,
  observers: readonly Observer[],
): Promise<string[]> {
  const names = observers.map((observer) => observerName(prefix, observer));
  for (const name of names) {
    await take(engine, name);
    await ifThere(engine.getVolume(`${name}-config`).remove());
  }
  const there = await Promise.all(names.map((name) => ifThere(engine.getVolume(name).inspect())));
  return names.filter((_, index) => there[index] !== null);
}

async function find(engine: Docker, name: string) {
  const found = await ifThere(engine.getContainer(name).inspect());
  if (found === null) return null;
  const { Running: isRunning, Status } = found.State;
  // One that never ran may lack a network: whoever made it did not come to its end.
  return { hash: Status === "created" ? null : found.Config.Labels[HASH_LABEL], isRunning };
}

/** As strict as a service's container: see components/dockerHost/hardenedContainer.ts. */
async function create(engine: Docker, prefix: string, plan: ObserverPlan) {
  const { image, command, memoryMegabytes, listen, port, dataPath } = plan;
  const name = observerName(prefix, plan.observer);
  const [own = "", ...others] = plan.networks;
  const [program = "", ...args] = plan.ownProgram ? ["", ...command] : command;
  const bytes = memoryMegabytes * 1024 * 1024;
  const container = await engine.createContainer({
    name,
    Image: image,
    ...(plan.ownProgram ? {} : { Entrypoint: [program] }),
    Cmd: args,
    User: `${OBSERVER_ID}:${OBSERVER_ID}`,
    Labels: { ...stackLabels(prefix), [HASH_LABEL]: hashOf(plan) },
    Healthcheck: { Test: ["NONE"] },
    StopTimeout: GRACE_SECONDS,
    ExposedPorts: { [`${port}/tcp`]: {} },
    HostConfig: {
      NetworkMode: own,
      PortBindings: {
        [`${port}/tcp`]: [{ HostIp: listen.address, HostPort: String(listen.port) }],
      },
      Binds: [`${name}:${dataPath}`, `${name}-config:${CONFIG_MOUNT}`],
      ReadonlyRootfs: true,
      Tmpfs: { "/tmp": "size=16m,mode=1777" },
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges:true"],
      Memory: bytes,
      MemorySwap: bytes,
      PidsLimit: 256,
      CpuShares: STEPPED_BACK_SHARES,
      RestartPolicy: { Name: RESTART_POLICY },
      LogConfig: { Type: "json-file", Config: { "max-size": "10m", "max-file": "3" } },
    },
  });
  for (const network of others) {
    await engine.getNetwork(network).connect({ Container: container.id });
  }
  return container;
}

/** Root's, and readable by the server alone: it cannot change them, whatever becomes of it. */
function configOf({ files }: ObserverPlan, secrets: Readonly<Record<string, string>>): Buffer {
  const named = Object.entries(files).map(([path, text]) => [configName(path), text] as const);
  return tarOf(
    [...named, ...Object.entries(secrets)].map(([name, text]) => ({
      ...{ name, mode: 0o440, uid: 0, gid: OBSERVER_ID },
      content: Buffer.from(text),
    })),
  );
}

/** What is read only when a server starts counts, too. */
function hashOf({ files, ...container }: ObserverPlan): string {
  const names = RELOADING.includes(container.observer) ? Object.keys(files) : files;
  return createHash("sha256")
    .update(canonicalJson({ ...container, names }))
    .digest("hex");
}

async function take(engine: Docker, name: string): Promise<void> {
  const container = engine.getContainer(name);
  await ifThere(container.stop({ t: GRACE_SECONDS }));
  await ifThere(container.remove(WITH_VOLUMES));
}

/** Null: there is no such thing, or it has stopped already. */
async function ifThere<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if ([304, 404].includes((error as { statusCode?: number }).statusCode ?? 0)) return null;
    throw error;
  }
}
