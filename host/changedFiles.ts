import type Docker from "dockerode";

interface FileChange {
  readonly Path: string;
}

/**
 * Files of a container that its image does not have, or has otherwise (`docker diff`). What a mount covers is no file of
 * the container's, and the directories to it were made for it.
 */
export async function changedFiles(container: Docker.Container): Promise<string[]> {
  const [changes, { Mounts, HostConfig }] = await Promise.all([
    // Where nothing has changed, the Engine says null, which its client hands on as bytes.
    container.changes() as Promise<FileChange[] | Buffer>,
    container.inspect(),
  ]);
  const mounts = [
    ...Mounts.map(({ Destination }) => Destination),
    ...Object.keys((HostConfig.Tmpfs as Record<string, string> | undefined) ?? {}),
  ];
  const isForMount = (path: string) =>
    mounts.some((mount) => `${mount}/`.startsWith(`${path}/`) || path.startsWith(`${mount}/`));
  const paths = (Buffer.isBuffer(changes) ? [] : changes)
    .map(({ Path }) => Path)
    .filter((path) => !isForMount(path));
  // A directory is changed by whatever is changed in it.
  return paths.filter((path) => !paths.some((other) => other.startsWith(`${path}/`))).sort();
}
