import type { ImageDeclaration, ImageDeclarations } from "../../release/release";
import type { Release, ScratchPath, ServiceSettings } from "../../release/release";

/** Most that one scratch path holds where nobody says otherwise; it counts towards the container's memory. */
const SCRATCH_MEGABYTES = 64;

/**
 * A container's writable paths, all in memory: path -> mount options. An image's declared volumes are among them, since
 * Docker would give each a volume on the host's disk: writable, executable, without a limit, and a copy for every
 * container.
 */
export function scratchSpace(
  settings: Pick<ServiceSettings, "scratchPaths" | "imageVolumes" | "user">,
  declared: ImageDeclaration | undefined,
): Record<string, string> {
  const volumes = settings.imageVolumes === "disk" ? [] : (declared?.volumes ?? []);
  const own = settings.scratchPaths.map(pathOf);
  const paths: ScratchPath[] = [
    ...settings.scratchPaths,
    ...volumes.filter((volume) => !own.includes(volume)),
  ];
  return Object.fromEntries(paths.map((each) => [pathOf(each), optionsOf(each, settings.user)]));
}

/** What becomes of the volumes that images declare, a line a service. */
export function describeVolumes(release: Release, declared: ImageDeclarations): string[] {
  return Object.entries(declared).flatMap(([service, { volumes = [] }]) => {
    const settings = release.services[service];
    if (!settings || volumes.length === 0) return [];
    const what = `${service}: its image declares ${volumes.length > 1 ? "volumes" : "a volume"} at ${volumes.join(", ")}`;
    return [
      settings.imageVolumes === "disk"
        ? `${what}: on the host's disk, without a limit, gone with its container (imageVolumes: disk)`
        : `${what}: scratch space in memory, empty at the start and gone with its container`,
    ];
  });
}

/** Where a scratch path is, however it is written. */
export function pathOf(scratch: ScratchPath): string {
  return typeof scratch === "string" ? scratch : scratch.path;
}

/**
 * A directory that the image has already keeps its mode, whatever is asked here, so the service's user must own it to
 * write there. /tmp is everybody's in every image.
 */
function optionsOf(scratch: ScratchPath, user: string): string {
  const megabytes = typeof scratch === "string" ? SCRATCH_MEGABYTES : scratch.megabytes;
  const [uid = "", gid] = user.split(":");
  const owner = pathOf(scratch) === "/tmp" ? [] : [`uid=${uid}`, ...(gid ? [`gid=${gid}`] : [])];
  return ["rw,noexec,nosuid,nodev", `size=${megabytes}m`, "mode=1777", ...owner].join(",");
}
