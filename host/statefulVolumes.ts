import type { Readable } from "node:stream";
import type Docker from "dockerode";
import { LABELS, stackLabels } from "../rules/host/containerLabels";
import { STATEFUL_LABEL, statefulName } from "../rules/stateful/statefulPlan";
import { WITH_VOLUMES } from "./engine";
import type { StatefulPlace } from "./statefulContainers";
import { tarOf } from "./tar";

/** No image has anything there, so that the Engine puts nothing of an image into an empty volume. */
const MOUNT = "/maestro-volume";
const DIRECTORY_MODE = 0o700;

/**
 * Copies all of a volume into another one, which is made: owners, modes and times too. The Engine reads and writes it;
 * no process of either image runs. Nobody may write to the first one meanwhile.
 *
 * @param image any that is on the host.
 */
export async function copyVolume(
  place: StatefulPlace,
  image: string,
  from: string,
  to: string,
): Promise<void> {
  const { engine, prefix, service } = place;
  await engine.createVolume({
    Name: to,
    Labels: { ...stackLabels(prefix), [STATEFUL_LABEL]: service },
  });
  await readVolume(place, image, from, (content) =>
    withVolume(place, image, to, "to", async (container) => {
      await container.putArchive(content, { path: "/" });
    }),
  );
}

/** Hands over all of a volume as a tar, while it is read. */
export function readVolume<T>(
  place: StatefulPlace,
  image: string,
  volume: string,
  use: (tar: Readable) => Promise<T>,
): Promise<T> {
  return withVolume(place, image, volume, "from", async (container) => {
    const tar = (await container.getArchive({ path: MOUNT })) as unknown as Readable;
    try {
      return await use(tar);
    } finally {
      // As long as somebody may read on, the Engine lets nobody remove the container.
      tar.destroy();
    }
  });
}

/** Gives a volume to the user who is to write there. */
export function ownVolume(
  place: StatefulPlace,
  image: string,
  volume: string,
  user: string,
): Promise<void> {
  const [uid = 0, gid = uid] = user.split(":").map(Number);
  const directory = tarOf([{ name: `${MOUNT.slice(1)}/`, mode: DIRECTORY_MODE, uid, gid }]);
  return withVolume(place, image, volume, "to", async (container) => {
    await container.putArchive(directory, { path: "/" });
  });
}

/** The volumes of a stateful service that there are, whatever became of its record. */
export async function listVolumes({ engine, prefix, service }: StatefulPlace): Promise<string[]> {
  const filters = { label: [`${LABELS.stack}=${prefix}`, `${STATEFUL_LABEL}=${service}`] };
  const { Volumes } = await engine.listVolumes({ filters: JSON.stringify(filters) });
  return ((Volumes as typeof Volumes | null) ?? []).map(({ Name }) => Name).sort();
}

/** Does something with a container that has the volume and never starts. */
async function withVolume<T>(
  { engine, prefix, service }: StatefulPlace,
  image: string,
  volume: string,
  purpose: "from" | "to",
  use: (container: Docker.Container) => Promise<T>,
): Promise<T> {
  const name = `${statefulName(prefix, service)}-${purpose}-volume`;
  await engine
    .getContainer(name)
    .remove(WITH_VOLUMES)
    .catch((error: { statusCode?: number }) => {
      if (error.statusCode !== 404) throw error;
    });
  const container = await engine.createContainer({
    ...{ name, Image: image, Entrypoint: ["/"], Cmd: [], Labels: stackLabels(prefix) },
    HostConfig: { Binds: [`${volume}:${MOUNT}`], NetworkMode: "none" },
  });
  try {
    return await use(container);
  } finally {
    await container.remove(WITH_VOLUMES);
  }
}
