import type Docker from "dockerode";
import { POSTGRES_DATA } from "../release/postgresLayout";
import { lastLogLines } from "./engine";
import { ensureImages } from "./images";

const MEMORY_BYTES = 64 * 1024 * 1024;

/** A database server that is there: its image, and the version that its data are of. */
export interface FoundServer {
  /** As it was asked for: by digest. */
  readonly image: string;
  /** PostgreSQL's major version; null: its data tell of none. */
  readonly version: string | null;
}

/** The database server of that name, running or not; null: there is none. */
export async function findServer(engine: Docker, name: string): Promise<FoundServer | null> {
  const container = engine.getContainer(name);
  try {
    const { Config } = await container.inspect();
    return { image: Config.Image, version: await dataVersion(container) };
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/**
 * The major version of an image's PostgreSQL, which is pulled where it is missing; null: the image does not say.
 *
 * @throws Error when the image cannot be had.
 */
export async function imageVersion(
  engine: Docker,
  image: string,
  labels: Readonly<Record<string, string>>,
): Promise<string | null> {
  await ensureImages(engine, [image]);
  const container = await engine.createContainer({
    Image: image,
    Entrypoint: ["postgres"],
    Cmd: ["--version"],
    Labels: { ...labels },
    HostConfig: {
      NetworkMode: "none",
      ReadonlyRootfs: true,
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges:true"],
      Memory: MEMORY_BYTES,
      MemorySwap: MEMORY_BYTES,
      PidsLimit: 16,
    },
  });
  try {
    await container.start();
    await container.wait();
    const lines = await lastLogLines(engine, container.id, 5);
    return majorVersion(lines.join("\n").replace(/^.*?\(PostgreSQL\)/s, ""));
  } catch {
    // No program of that name: another image, whose owner knows what it does.
    return null;
  } finally {
    await container.remove({ force: true, v: true });
  }
}

async function dataVersion(container: Docker.Container): Promise<string | null> {
  try {
    const archive = await container.getArchive({ path: `${POSTGRES_DATA}/PG_VERSION` });
    const chunks: Buffer[] = [];
    for await (const chunk of archive) chunks.push(chunk as Buffer);
    // After a tar's header, which has 512 bytes, comes the file.
    return majorVersion(Buffer.concat(chunks).subarray(512).toString("latin1"));
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

function majorVersion(text: string): string | null {
  return /^\s*(\d+)/.exec(text)?.[1] ?? null;
}

function isMissing(error: unknown): boolean {
  return (error as { statusCode?: number }).statusCode === 404;
}
