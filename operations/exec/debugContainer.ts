import type { Duplex } from "node:stream";
import type Docker from "dockerode";
import { WITH_VOLUMES } from "../../host/engine";
import { stackLabels } from "../../rules/host/containerLabels";

/** A container beside another one. */
export interface DebugOptions {
  readonly prefix: string;
  /** Id of the one that it looks at. */
  readonly target: string;
  /** Must be on the host. */
  readonly image: string;
  /** Left out: the target's own, which may look at its processes and files. */
  readonly user?: string;
}

const MEMORY_BYTES = 256 * 1024 * 1024;
const MOST_PROCESSES = 256;
/** Ends when nobody holds its input any more. */
const HOLDER = ["cat"];

/**
 * Makes a container that shares the processes and the network of another one, for images without a shell, and hands over its
 * id as long as `use` takes. The other one's files are in /proc/1/root there.
 *
 * It ends, and the Engine removes it with all that runs in it, when this process closes its input: also when it is killed,
 * or when its connection to the host breaks.
 *
 * @throws Error where the image is not on the host, or has no `cat`.
 */
export async function withDebugContainer<T>(
  engine: Docker,
  options: DebugOptions,
  use: (id: string) => Promise<T>,
): Promise<T> {
  const { container, input } = await start(engine, options);
  try {
    return await use(container.id);
  } finally {
    input.destroy();
    await container.remove(WITH_VOLUMES).catch(forgive);
  }
}

async function start(engine: Docker, options: DebugOptions) {
  const { prefix, target, image } = options;
  const { Config } = await engine.getContainer(target).inspect();
  const user = options.user ?? Config.User;
  try {
    const container = await engine.createContainer({
      ...{ Image: image, Entrypoint: HOLDER, Cmd: [], User: user, Labels: stackLabels(prefix) },
      ...{ AttachStdin: true, OpenStdin: true, StdinOnce: true },
      Healthcheck: { Test: ["NONE"] },
      HostConfig: {
        ...{ AutoRemove: true, ReadonlyRootfs: true, Tmpfs: { "/tmp": "" } },
        ...{ NetworkMode: `container:${target}`, PidMode: `container:${target}` },
        ...{ CapDrop: ["ALL"], SecurityOpt: ["no-new-privileges"] },
        ...{ Memory: MEMORY_BYTES, PidsLimit: MOST_PROCESSES },
      },
    });
    const input = await hold(container);
    return { container, input };
  } catch (error) {
    throw new Error(`--image ${image}: ${(error as Error).message}`, { cause: error });
  }
}

/** Its input is held before it starts, so that there is no moment in which nobody would end it. */
async function hold(container: Docker.Container): Promise<Duplex> {
  try {
    const options = { stream: true, stdin: true, hijack: true };
    const input = (await container.attach(options)) as unknown as Duplex;
    input.on("error", () => undefined);
    await container.start();
    return input;
  } catch (error) {
    await container.remove(WITH_VOLUMES).catch(forgive);
    throw error;
  }
}

/** The Engine is removing it, or has done so. */
function forgive(error: Error & { statusCode?: number }): void {
  if (error.statusCode !== 404 && error.statusCode !== 409) throw error;
}
