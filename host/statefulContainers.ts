import type Docker from "dockerode";
import { stackLabels } from "../rules/host/containerLabels";
import { scratchSpace } from "../rules/host/scratchSpace";
import { SECRETS_MOUNT } from "../rules/serviceSecrets";
import {
  hashOf,
  STATEFUL_HASH_LABEL,
  STATEFUL_LABEL,
  statefulEnvironment,
  statefulName,
  statefulNameBefore,
  statefulSecrets,
  type StatefulPlan,
} from "../rules/stateful/statefulPlan";
import { WITH_VOLUMES } from "./engine";
import { readDeclaration } from "./images";
import { RESTART_POLICY } from "./restartPolicy";

/** A stateful service on a host. */
export interface StatefulPlace {
  readonly engine: Docker;
  readonly prefix: string;
  readonly service: string;
}

/** A container of a stateful service as the Engine has it. */
export interface StatefulContainer {
  readonly id: string;
  readonly name: string;
  readonly hash: string;
  readonly isRunning: boolean;
  /** `running`, `exited`, `created`, `restarting` ... */
  readonly state: string;
  readonly startedAt: string;
  /** The volume with its data. */
  readonly volume: string | null;
  /** Whether services reach it by its plain name. */
  readonly isJoined: boolean;
}

/** The container of a stateful service, and the one before where another takes its place; null: it is not there. */
export async function findStateful({ engine, prefix, service }: StatefulPlace) {
  const [current, before] = await Promise.all(
    [statefulName(prefix, service), statefulNameBefore(prefix, service)].map((name) =>
      inspect(engine, prefix, service, name),
    ),
  );
  return { current: current ?? null, before: before ?? null };
}

/** Whether a stateful service runs as its record says, and nothing of an update is left. */
export async function isStatefulUp(
  place: StatefulPlace,
  plan: StatefulPlan,
  volume: string,
): Promise<boolean> {
  const { current, before } = await findStateful(place);
  if (current === null || before !== null) return false;
  return current.isRunning && current.isJoined && current.hash === hashOf(plan, volume);
}

async function inspect(
  engine: Docker,
  prefix: string,
  service: string,
  name: string,
): Promise<StatefulContainer | null> {
  const found = await ifThere(engine.getContainer(name).inspect());
  if (found === null) return null;
  const { Config, State, Mounts, NetworkSettings } = found;
  if (Config.Labels[STATEFUL_LABEL] !== service) {
    throw new Error(
      `${name}: is a container of somebody else's, so ${service} cannot be called like that; rename it, or the service`,
    );
  }
  const aliases = (NetworkSettings.Networks[prefix]?.Aliases ?? []) as string[];
  return {
    ...{ id: found.Id, name, hash: Config.Labels[STATEFUL_HASH_LABEL] ?? "" },
    ...{ isRunning: State.Running && !State.Restarting, state: State.Status },
    startedAt: State.StartedAt,
    volume: Mounts.find(({ Type }) => Type === "volume")?.Name ?? null,
    isJoined: aliases.includes(service),
  };
}

/**
 * Makes a stateful service's container on a volume, which is made where it is not there; it is not started. As strict as
 * a service's of the sets: see components/dockerHost/hardenedContainer.ts. Nobody finds it by the service's name before
 * {@link joinStateful}.
 */
export async function createStateful(
  { engine, prefix, service }: StatefulPlace,
  plan: StatefulPlan,
  volume: string,
): Promise<Docker.Container> {
  const labels = { ...stackLabels(prefix), [STATEFUL_LABEL]: service };
  await engine.createVolume({ Name: volume, Labels: labels });
  const { path } = plan.volume;
  const declared = (await readDeclaration(engine, plan.image))?.volumes ?? [];
  const volumes = declared.filter((each) => each !== path);
  const secrets = statefulSecrets(prefix, service, plan);
  const { memoryMegabytes, cpus, pids } = plan.resources;
  const bytes = memoryMegabytes * 1024 * 1024;
  return engine.createContainer({
    name: statefulName(prefix, service),
    // Servers name their data after their host, RabbitMQ all of it: under another name they begin with none.
    Hostname: service,
    Image: plan.image,
    ...(plan.command === null ? {} : { Cmd: [...plan.command] }),
    User: plan.user,
    Env: Object.entries(statefulEnvironment(service, plan)).map((each) => each.join("=")),
    Labels: { ...labels, [STATEFUL_HASH_LABEL]: hashOf(plan, volume) },
    Healthcheck: { Test: ["NONE"] },
    StopTimeout: plan.stopGraceSeconds,
    HostConfig: {
      NetworkMode: prefix,
      Binds: [
        `${volume}:${path}`,
        ...(secrets === null ? [] : [`${secrets.source}:${SECRETS_MOUNT}:ro`]),
      ],
      ReadonlyRootfs: true,
      Tmpfs: scratchSpace(plan, { volumes }),
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges:true"],
      ...{ Memory: bytes, MemorySwap: bytes, PidsLimit: pids },
      NanoCpus: Math.round(Number(cpus) * 1e9),
      RestartPolicy: { Name: RESTART_POLICY },
      LogConfig: { Type: "json-file", Config: { "max-size": "10m", "max-file": "3" } },
    },
  });
}

/** Has services find a running container by the service's plain name. */
export async function joinStateful(
  { engine, prefix, service }: StatefulPlace,
  container: StatefulContainer,
): Promise<void> {
  if (container.isJoined) return;
  const network = engine.getNetwork(prefix);
  // The Engine takes names of a container only when it connects it.
  await network.disconnect({ Container: container.id, Force: true });
  await network.connect({ Container: container.id, EndpointConfig: { Aliases: [service] } });
}

/** Takes a container away; volumes with a name stay. */
export async function takeStateful(
  engine: Docker,
  id: string,
  graceSeconds: number,
): Promise<void> {
  const container = engine.getContainer(id);
  await ifThere(container.stop({ t: graceSeconds }));
  await ifThere(container.remove(WITH_VOLUMES));
}

/** Null: there is no such thing, or it has stopped already. */
export async function ifThere<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if ([304, 404].includes((error as { statusCode?: number }).statusCode ?? 0)) return null;
    throw error;
  }
}
