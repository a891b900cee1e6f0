import type Docker from "dockerode";
import { POSTGRES_DATA } from "../rules/database/postgresLayout";
import { lastLogLines } from "./engine";
import { ensureImages } from "./images";

const MEMORY_BYTES = 64 * 1024 * 1024;

/** A database server that is there. */
export interface FoundServer {
  /** As it was asked for: by digest. */
  readonly image: string;
  readonly running: boolean;
}

/** The database server of that name, running or not; null: there is none. */
export async function findServer(engine: Docker, name: string): Promise<FoundServer | null> {
  try {
    const { Config, State } = await engine.getContainer(name).inspect();
    return { image: Config.Image, running: State.Running };
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

/** The major version that a server's data are of, whether it runs or not; null: they tell of none. */
export async function dataVersion(engine: Docker, name: string): Promise<string | null> {
  try {
    const path = `${POSTGRES_DATA}/PG_VERSION`;
    const archive = await engine.getContainer(name).getArchive({ path });
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
