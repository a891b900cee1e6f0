import { setMaxListeners } from "node:events";
import type Docker from "dockerode";
import { failureOf } from "./ask";
import { registryCredentials } from "./registryCredentials";

/** The engine itself waits for ever for a registry that has fallen silent; one that cuts the line it asks five times. */
const STALL_SECONDS = 60;

/**
 * Makes sure that the Docker host has these images, and pulls the missing ones side by side. An image is named by
 * digest, so one that is there is the right one, and the registry is not asked: a rollback does not need it.
 *
 * @throws Error naming every image that cannot be had.
 */
export async function ensureImages(engine: Docker, references: readonly string[]): Promise<void> {
  const silence = new Silence();
  const failures = await Promise.all(
    [...new Set(references)].map(async (reference) => {
      try {
        if (!(await hasImage(engine, reference))) await pull(engine, reference, silence);
        return null;
      } catch (error) {
        return `image ${reference} cannot be pulled: ${error instanceof Error ? error.message : failureOf(error)}`;
      }
    }),
  );
  silence.end();
  const messages = failures.filter((failure) => failure !== null);
  if (messages.length > 0) throw new Error(messages.join("\n"));
}

/** Fires once nothing has come for any image: the engine downloads three layers at once, and all others wait. */
class Silence {
  private readonly abort = new AbortController();
  private readonly timer = setTimeout(() => this.abort.abort(), STALL_SECONDS * 1000);
  readonly signal = this.abort.signal;

  constructor() {
    // Each pull listens; Node warns of a leak from the eleventh on.
    setMaxListeners(Infinity, this.signal);
  }

  /** Something has come. */
  readonly broken = () => void this.timer.refresh();

  end(): void {
    clearTimeout(this.timer);
  }
}

async function hasImage(engine: Docker, reference: string): Promise<boolean> {
  try {
    await engine.getImage(reference).inspect();
    return true;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return false;
    throw error;
  }
}

async function pull(engine: Docker, reference: string, silence: Silence): Promise<void> {
  const authconfig = await registryCredentials(registryOf(reference));
  const { signal } = silence;
  try {
    const options = { abortSignal: signal, ...(authconfig && { authconfig }) };
    const stream = await engine.pull(reference, options);
    await new Promise<void>((resolve, reject) => {
      const done = (error: Error | null) => (error ? reject(error) : resolve());
      signal.addEventListener("abort", () => reject(signal.reason as Error));
      engine.modem.followProgress(stream, done, ({ error }: { error?: string }) => {
        silence.broken();
        // What goes wrong once the answer has begun is told in the answer, and is no error of the stream.
        if (error !== undefined) reject(new Error(error));
      });
    });
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new Error(
      `nothing has come from the registry for ${STALL_SECONDS} s; run the update again`,
    );
  }
  console.log(`pulled ${reference}`);
}

/** Registry of an image reference as Docker's own configuration names it. */
export function registryOf(reference: string): string {
  const [first, ...rest] = reference.split("/");
  const isHost = rest.length > 0 && (/[.:]/.test(first!) || first === "localhost");
  return isHost ? first! : "https://index.docker.io/v1/";
}
