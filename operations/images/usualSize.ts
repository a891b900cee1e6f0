import type { ServiceSource } from "./services";

/** What images stay below without effort, in millions of bytes as the registry has them. */
const USUAL_MEGABYTES = { server: 500, files: 50 };

/** Images that are larger than is usual, a line each, where nobody has said what is right for them. */
export function findLarge(
  services: readonly ServiceSource[],
  images: readonly { readonly service: string; readonly bytes: number }[],
): string[] {
  const sources = new Map(services.map((source) => [source.name, source]));
  return images.flatMap(({ service, bytes }) => {
    const { site, maximumMegabytes } = sources.get(service)!;
    const usual = site ? USUAL_MEGABYTES.files : USUAL_MEGABYTES.server;
    if (maximumMegabytes !== undefined || bytes <= usual * 1_000_000) return [];
    const what = site ? "a static site" : "a server";
    const remedy = site
      ? "its files and the edge's image are all that it has"
      : `leave out of its last stage what only the build needs, or set services.${service}.build.maximumMegabytes`;
    return [
      `${service}: its image has ${(bytes / 1_000_000).toFixed(1)} MB, more than the ${usual} that are usual for ${what}; ${remedy}`,
    ];
  });
}
