import { place, type Locate, type Partly } from "./checkSchema";
import { valueAt } from "./plainObject";
import type { ParsedService } from "./schemas/service";

/** Port that the image of a static site listens on. */
export const SITE_PORT = 8000;

/** Path by which the image of a static site says that it is well; no page has such a name. */
export const SITE_HEALTH_PATH = "/.health";

/**
 * What a service of kind `static` has in place of services.yaml's `defaults`: its image is made by `images`, so what it
 * answers and needs is known.
 *
 * @param given the service's settings, not checked
 */
export function siteSettings(given: unknown): object {
  return {
    build: {},
    port: SITE_PORT,
    health: { livePath: SITE_HEALTH_PATH, readyPath: SITE_HEALTH_PATH },
    resources: { memoryMegabytes: 64, cpus: "1", pids: 32 },
    route: { assets: valueAt(given, ["site", "assets"]) ?? "/assets/" },
  };
}

/** What must hold of a static site and of what is none. */
export function findSiteProblems(
  { kind, site, port, command, route, build, repository }: Partly<ParsedService>,
  locate: Locate,
): string[] {
  if (kind !== "static") {
    return site === undefined
      ? []
      : [place(["site"], "is only for kind static; set kind: static, or remove it", locate)];
  }
  const problem = (path: string[], message: string, isWrong: boolean) =>
    isWrong ? [place(path, message, locate)] : [];
  if (repository !== undefined) {
    const message = "is only for images that `images` makes; remove it, or the repository";
    return problem(["kind"], message, true);
  }
  const { dockerfile, args = {}, target, secrets = {} } = build ?? {};
  const isOwnBuild =
    (dockerfile !== undefined && dockerfile !== "Dockerfile") ||
    target !== undefined ||
    Object.keys({ ...args, ...secrets }).length > 0;
  return [
    ...problem(
      ["port"],
      `must be ${SITE_PORT}, where the image of a static site listens, got ${port}; remove it`,
      port !== undefined && port !== SITE_PORT,
    ),
    ...problem(
      ["command"],
      "must be the image's own for kind static; remove it, or set null",
      command !== undefined && command !== null,
    ),
    ...problem(
      ["route", "stripPrefix"],
      "must be true for kind static, whose files know nothing of the route's path; remove it",
      route?.stripPrefix === false && route.path !== "/",
    ),
    ...problem(
      ["build"],
      "has no Dockerfile for kind static; keep context and platform, and run the site's own build before `images`",
      isOwnBuild,
    ),
  ];
}
