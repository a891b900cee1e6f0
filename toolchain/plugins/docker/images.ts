import type { Properties, Value } from "../../rpc/values";
import { readAll, EngineError, type Engine } from "./engine";
import { registryCredentials } from "./registryAuth";

/** What the engine tells about an image. */
export interface ImageInspect {
  readonly Id: string;
  readonly RepoDigests: readonly string[] | null;
  readonly RepoTags: readonly string[] | null;
}

/** Looks an image up on the host; undefined where it is not there. */
export async function inspectImage(
  engine: Engine,
  name: string,
): Promise<ImageInspect | undefined> {
  try {
    return await engine.request<ImageInspect>("GET", `/images/${encodeName(name)}/json`);
  } catch (error) {
    if (error instanceof EngineError && error.status === 404) {
      return undefined;
    }
    throw error;
  }
}

/** The image as it is on the host, pulled first where it is absent. A local image is never pulled again. */
export async function findImage(
  engine: Engine,
  config: Properties,
  name: string,
  platform: Value | undefined,
  signal: AbortSignal,
): Promise<ImageInspect> {
  const local = await inspectImage(engine, name);
  if (local !== undefined) {
    return local;
  }
  try {
    await pullImage(engine, config, name, platform, signal);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`unable to pull image ${name} to ${engine.address.text}: ${reason}`);
  }
  const pulled = await inspectImage(engine, name);
  if (pulled === undefined) {
    throw new Error(`unable to find or pull image ${name} on ${engine.address.text}`);
  }
  return pulled;
}

async function pullImage(
  engine: Engine,
  config: Properties,
  name: string,
  platform: Value | undefined,
  signal: AbortSignal,
): Promise<void> {
  const { repository, reference } = splitImage(name);
  const credentials = registryCredentials(config.registryAuth, registryOf(name));
  const response = await engine.open("POST", "/images/create", {
    query: {
      fromImage: repository,
      tag: reference,
      ...(typeof platform === "string" && platform !== "" ? { platform } : {}),
    },
    headers: {
      "x-registry-auth": Buffer.from(JSON.stringify(credentials)).toString("base64url"),
    },
    signal,
  });
  // The engine answers 200 and tells of failures in the stream.
  for (const line of (await readAll(response)).split("\n")) {
    const failure = line.trim() === "" ? undefined : (JSON.parse(line) as { error?: string }).error;
    if (failure !== undefined) {
      throw new Error(failure);
    }
  }
}

/** Splits `repository[:tag][@digest]`; a digest wins over a tag, no tag means `latest`. */
export function splitImage(name: string): { repository: string; reference: string } {
  const [path = name, digest] = name.split("@");
  const colon = path.lastIndexOf(":");
  const hasTag = colon > path.lastIndexOf("/");
  const repository = hasTag ? path.slice(0, colon) : path;
  return { repository, reference: digest ?? (hasTag ? path.slice(colon + 1) : "latest") };
}

/** The registry an image name points at; Docker Hub where it names none. */
export function registryOf(name: string): string {
  const first = name.split("/")[0] ?? "";
  const isHost = name.includes("/") && (/[.:]/.test(first) || first === "localhost");
  return isHost ? first : "registry-1.docker.io";
}

/** An image name inside a URL path: slashes and colons stay, as the engine wants them. */
export function encodeName(name: string): string {
  return encodeURIComponent(name)
    .replaceAll("%2F", "/")
    .replaceAll("%3A", ":")
    .replaceAll("%40", "@");
}
