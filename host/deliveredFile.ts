import type Docker from "dockerode";
import { SECRETS_MOUNT } from "../rules/serviceSecrets";

const BLOCK = 512;

/**
 * A secret as a container sees it; null: there is no such file. The Engine reads it, so neither a program in the image
 * nor the user whom it belongs to is needed.
 */
export async function readDelivered(
  container: Docker.Container,
  name: string,
): Promise<string | null> {
  try {
    const archive = await container.getArchive({ path: `${SECRETS_MOUNT}/${name}` });
    const chunks: Buffer[] = [];
    for await (const chunk of archive) chunks.push(chunk as Buffer);
    return contentOf(Buffer.concat(chunks));
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return null;
    throw error;
  }
}

/** The one file of a tar archive: its size is in the header, in octal. */
function contentOf(archive: Buffer): string {
  const size = parseInt(archive.toString("latin1", 124, 136), 8);
  return archive.toString("utf8", BLOCK, BLOCK + size);
}
