import type { Duplex } from "node:stream";
import type Docker from "dockerode";
import { stackLabels } from "../rules/host/containerLabels";
import { WITH_VOLUMES } from "./engine";

/** A container beside others of a stack, in which commands are run. */
export interface HeldOptions {
  readonly prefix: string;
  /** Must be on the host, and have `cat`. */
  readonly image: string;
  readonly user: string;
  readonly memoryBytes: number;
  /** Whose network it shares, and what else. */
  readonly shared: Pick<Docker.HostConfig, "NetworkMode" | "PidMode">;
}

const MOST_PROCESSES = 256;
/** Ends when nobody holds its input any more. */
const HOLDER = ["cat"];

/** A container that is there until it is let go, or this process ends. */
export interface HeldContainer {
  readonly id: string;
  /** Ends it, and all that runs in it; resolves once it is gone. */
  release(): Promise<void>;
}

/** A container could not be made, or does not run. */
export class NotHeld extends Error {}

/**
 * Makes a container that does nothing, and holds its input.
 *
 * It ends, and the Engine removes it with all that runs in it, when this process closes its input: also when it is killed,
 * or when its connection to the host breaks.
 *
 * @throws NotHeld where the image is not on the host, or has no `cat`.
 */
export async function holdContainer(
  engine: Docker,
  { prefix, image, user, memoryBytes, shared }: HeldOptions,
): Promise<HeldContainer> {
  try {
    const container = await engine.createContainer({
      ...{ Image: image, Entrypoint: HOLDER, Cmd: [], User: user, Labels: stackLabels(prefix) },
      ...{ AttachStdin: true, OpenStdin: true, StdinOnce: true },
      Healthcheck: { Test: ["NONE"] },
      HostConfig: {
        ...{ AutoRemove: true, ReadonlyRootfs: true, Tmpfs: { "/tmp": "" } },
        ...shared,
        ...{ CapDrop: ["ALL"], SecurityOpt: ["no-new-privileges"] },
        ...{ Memory: memoryBytes, PidsLimit: MOST_PROCESSES },
      },
    });
    const input = await start(container);
    const release = async () => {
      input.destroy();
      await container.remove(WITH_VOLUMES).catch(forgive);
    };
    return { id: container.id, release };
  } catch (error) {
    throw new NotHeld(`${image}: ${(error as Error).message}`, { cause: error });
  }
}

/** Its input is held before it starts, so that there is no moment in which nobody would end it. */
async function start(container: Docker.Container): Promise<Duplex> {
  let input: Duplex | null = null;
  try {
    const options = { stream: true, stdin: true, hijack: true };
    input = (await container.attach(options)) as unknown as Duplex;
    input.on("error", () => undefined);
    await container.start();
    return input;
  } catch (error) {
    // The Engine leaves it open where the container never starts, and this process would wait for it.
    input?.destroy();
    await container.remove(WITH_VOLUMES).catch(forgive);
    throw error;
  }
}

/** The Engine is removing it, or has done so. */
function forgive(error: Error & { statusCode?: number }): void {
  if (error.statusCode !== 404 && error.statusCode !== 409) throw error;
}
