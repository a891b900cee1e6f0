import { setMaxListeners } from "node:events";
import type Docker from "dockerode";
import { failureOf } from "./ask";
import { setTimeout as sleep } from "node:timers/promises";
import { registryCredentials, type RegistryCredentials } from "../registry/credentials";
import { registryOf } from "../registry/reference";
import { declarationOf, type ImageConfig } from "../release/imageDeclaration";
import type { ImageDeclaration } from "../release/release";

/** The engine itself waits for ever for a registry that has fallen silent; one that cuts the line it asks five times. */
const STALL_SECONDS = 60;

/** The engine asks for a manifest once; an overloaded registry is asked again by {@link ensureImages}. */
const PULLS = 4;
const FIRST_PAUSE_MILLISECONDS = 1000;
/** What the engine says of a registry that has too much to do, or is just starting. */
const PASSING = /toomanyrequests|\b429\b|\b50[0234]\b/i;

/** The login that the engine hands on to a registry; null: none. */
type Credentials = (registry: string) => Promise<RegistryCredentials | null>;

/**
 * Makes sure that the Docker host has these images, and pulls the missing ones side by side. An image is named by
 * digest, so one that is there is the right one, and the registry is not asked: a rollback does not need it.
 *
 * @param credentials logins for registries. @default - the deployer's own
 * @throws Error naming every image that cannot be had.
 */
export async function ensureImages(
  engine: Docker,
  references: readonly string[],
  credentials: Credentials = registryCredentials,
): Promise<void> {
  const silence = new Silence();
  const failures = await Promise.all(
    [...new Set(references)].map(async (reference) => {
      try {
        if (!(await hasImage(engine, reference)))
          await pull(engine, reference, silence, credentials);
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

/** Whether the engine has an image. An engine that cannot say is an error. */
export async function hasImage(engine: Docker, reference: string): Promise<boolean> {
  return (await readImageConfig(engine, reference)) !== null;
}

/** The configuration of an image that the engine has; null: it does not have it. */
export async function readImageConfig(
  engine: Docker,
  reference: string,
): Promise<ImageConfig | null> {
  try {
    return (await engine.getImage(reference).inspect()).Config as ImageConfig;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return null;
    throw error;
  }
}

/** What an image declares that the engine has; undefined: nothing that changes how its containers are made. */
export async function readDeclaration(
  engine: Docker,
  reference: string,
): Promise<ImageDeclaration | undefined> {
  return declarationOf((await readImageConfig(engine, reference)) ?? {}) ?? undefined;
}

async function pull(
  engine: Docker,
  reference: string,
  silence: Silence,
  credentials: Credentials,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await pullOnce(engine, reference, silence, credentials);
      console.log(`pulled ${reference}`);
      return;
    } catch (error) {
      if (attempt === PULLS || !PASSING.test((error as Error).message)) throw error;
      await sleep(FIRST_PAUSE_MILLISECONDS * 2 ** (attempt - 1) * (0.5 + Math.random() / 2));
    }
  }
}

async function pullOnce(
  engine: Docker,
  reference: string,
  silence: Silence,
  credentials: Credentials,
): Promise<void> {
  const authconfig = await credentials(registryOf(reference));
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
}
