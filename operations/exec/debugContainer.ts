import type Docker from "dockerode";
import { holdContainer, NotHeld } from "../../host/heldContainer";

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

/**
 * Makes a container that shares the processes and the network of another one, for images without a shell, and hands over its
 * id as long as `use` takes. The other one's files are in /proc/1/root there.
 *
 * @throws Error where the image is not on the host, or has no `cat`.
 */
export async function withDebugContainer<T>(
  engine: Docker,
  { prefix, target, image, user }: DebugOptions,
  use: (id: string) => Promise<T>,
): Promise<T> {
  const { Config } = await engine.getContainer(target).inspect();
  const shared = { NetworkMode: `container:${target}`, PidMode: `container:${target}` };
  const options = { prefix, image, user: user ?? Config.User, memoryBytes: MEMORY_BYTES, shared };
  const held = await holdContainer(engine, options).catch((error: Error) => {
    throw error instanceof NotHeld
      ? new Error(`--image ${error.message}`, { cause: error })
      : error;
  });
  try {
    return await use(held.id);
  } finally {
    await held.release();
  }
}
