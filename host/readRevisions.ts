import type Docker from "dockerode";
import { lastLogLines } from "./engine";
import { ensureImages } from "./images";

const LOG_LINES = 5000;
const DEADLINE_MILLISECONDS = 60_000;

/**
 * What `alembic history` prints in an image: a look at its files, without network, secrets or anything that lasts.
 *
 * @throws Error with the last lines when the image cannot tell.
 */
export async function readHistory(
  engine: Docker,
  image: string,
  labels: Readonly<Record<string, string>>,
): Promise<string> {
  await ensureImages(engine, [image]);
  const container = await engine.createContainer({
    Image: image,
    Entrypoint: ["alembic"],
    Cmd: ["history"],
    Labels: { ...labels },
    HostConfig: {
      NetworkMode: "none",
      ReadonlyRootfs: true,
      Tmpfs: { "/tmp": "rw,noexec,nosuid,nodev,size=16m,mode=1777" },
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges:true"],
      Memory: 256 * 1024 * 1024,
      MemorySwap: 256 * 1024 * 1024,
      PidsLimit: 64,
    },
  });
  const timer = setTimeout(() => void container.kill().catch(() => {}), DEADLINE_MILLISECONDS);
  try {
    await container.start();
    const { StatusCode } = (await container.wait()) as { StatusCode: number };
    const lines = await lastLogLines(engine, container.id, LOG_LINES);
    if (StatusCode !== 0) {
      throw new Error(
        `\`alembic history\` ended with exit code ${StatusCode}: ${lines.slice(-5).join("; ")}`,
      );
    }
    return lines.join("\n");
  } finally {
    clearTimeout(timer);
    await container.remove({ force: true });
  }
}
