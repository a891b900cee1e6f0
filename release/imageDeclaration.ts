import path from "node:path";
import type { ImageDeclaration, ServiceSettings } from "./release";

/** What an image's own configuration says; the engine and registries use the same names. */
export interface ImageConfig {
  readonly Volumes?: Readonly<Record<string, unknown>> | null | undefined;
  readonly Healthcheck?: { readonly Test?: readonly string[] | null } | null | undefined;
  readonly Entrypoint?: readonly string[] | string | null | undefined;
  readonly Labels?: Readonly<Record<string, string>> | null | undefined;
  readonly Cmd?: readonly string[] | null | undefined;
}

/** A path that is the kernel's, the engine's, or that of secrets: no scratch space can be there. */
const NO_SCRATCH = /^\/(?:(?:proc|sys|dev|run\/secrets)(?:\/|$)|$)/;

/** What an image declares; null: nothing that changes how its containers are made. */
export function declarationOf(config: ImageConfig): ImageDeclaration | null {
  const volumes = [...new Set(Object.keys(config.Volumes ?? {}).map(cleanPath))].sort();
  const test = config.Healthcheck?.Test?.[0];
  const hasHealthcheck = test !== undefined && test !== "" && test !== "NONE";
  if (volumes.length === 0 && !hasHealthcheck) return null;
  return {
    ...(volumes.length > 0 ? { volumes } : {}),
    ...(hasHealthcheck ? { healthcheck: true } : {}),
  };
}

/** As Docker takes it: without a `/` at the end, or twice. */
function cleanPath(declared: string): string {
  return path.posix.join("/", declared).replace(/(?<=.)\/$/, "");
}

/** Why a service's declared volumes cannot be scratch space in memory; null: they can, or there are none. */
export function findVolumeProblem(
  settings: Pick<ServiceSettings, "command" | "imageVolumes" | "scratchPaths">,
  config: ImageConfig,
): string | null {
  const volumes = declarationOf(config)?.volumes ?? [];
  const impossible = volumes.find((volume) => NO_SCRATCH.test(volume));
  if (impossible !== undefined) {
    return `its image declares a volume at ${impossible}, where none can be; build it without`;
  }
  if (settings.imageVolumes === "disk") return null;
  const entrypoint = [config.Entrypoint ?? []].flat();
  const [program = ""] = [...entrypoint, ...(settings.command ?? config.Cmd ?? [])];
  const hiding = volumes.find((volume) => program.startsWith(`${volume}/`));
  return hiding === undefined
    ? null
    : `its image declares a volume at ${hiding}, where its command ${program} is: scratch space in memory would hide ` +
        `it; build it without VOLUME, or set services.<name>.imageVolumes to disk`;
}
