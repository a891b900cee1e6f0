import { desiredRelease } from "../../../release/desiredRelease";
import { parseSettings } from "../../../config/parseSettings";
import { issuesOf, rawWith, type Changes } from "../../support/fixtures";

/** The service `web` as a static site, with single settings changed. */
function siteWith(changes: Changes = {}) {
  return rawWith({ "services.services.web.kind": "static", ...changes });
}

const webOf = (changes: Changes = {}) => parseSettings(siteWith(changes)).services["web"]!;

describe("a static site", () => {
  it("needs no setting but its kind", () => {
    const { port, health, route, resources } = webOf();
    expect(port).toBe(8000);
    expect([health.livePath, health.readyPath]).toEqual(["/.health", "/.health"]);
    expect(route.assets).toBe("/assets/");
    expect(resources).toEqual({ memoryMegabytes: 64, cpus: "1", pids: 32 });
  });

  it("goes before what services.yaml says of services of any kind, and not before its own entry", () => {
    const web = webOf({
      "services.defaults": { port: 3000, health: { livePath: "/up", passes: 3 } },
      "services.services.web.resources": { memoryMegabytes: 128 },
    });
    expect(web.port).toBe(8000);
    expect(web.health).toMatchObject({ livePath: "/.health", passes: 3 });
    expect(web.resources).toEqual({ memoryMegabytes: 128, cpus: "1", pids: 32 });
  });

  it("has its assets where its build writes them, at the edge too", () => {
    const assets = "/_app/immutable/";
    expect(webOf({ "services.services.web.site": { assets } }).route.assets).toBe(assets);
  });

  it("may be made by a stack's override", () => {
    const raw = rawWith({ "config.services": { web: { kind: "static" } } });
    expect(parseSettings(raw).services["web"]!.route.assets).toBe("/assets/");
  });

  it("has nothing in the release of how its image is made", () => {
    const idWith = (changes: Changes) => {
      const { services, release } = parseSettings(siteWith(changes));
      return desiredRelease({ services, release, settingsFrom: null }, () => null).id;
    };
    const site = { directory: "build", fallback: false, contentSecurityPolicy: null };
    expect(idWith({ "services.services.web.site": site })).toBe(idWith({}));
  });

  // prettier-ignore
  it.each<[path: string, value: unknown, message: string]>([
    ["kind", "spa", 'services.web.kind: must be one of static, got "spa"'],
    ["port", 80, "services.web.port: must be 8000, where the image of a static site listens, got 80; remove it"],
    ["command", ["nginx"], "services.web.command: must be the image's own for kind static; remove it, or set null"],
    ["route", { stripPrefix: false }, "services.web.route.stripPrefix: must be true for kind static, whose files know nothing of the route's path; remove it"],
    ["repository", "docker.io/library/nginx", "services.web.kind: is only for images that `images` makes; remove it, or the repository"],
    ["build", { target: "x" }, "services.web.build: has no Dockerfile for kind static; keep context and platform, and run the site's own build before `images`"],
    ["site.directory", "../dist", 'services.web.site.directory: must be a directory inside the build\'s context, got "../dist"; for example dist'],
    ["site.contentSecurityPolicy", 'x"; evil', 'services.web.site.contentSecurityPolicy: must be a policy of one line without ", $ and \\, got "x\\"; evil"; or null to send none'],
    ["route.assets", "/", 'services.web.route.assets: must not be the whole route, whose pages change, got "/"; name a folder such as /assets/'],
    ["route.assets", "assets", 'services.web.route.assets: must start and end with "/", got "assets"; it is below the route\'s path, for example /assets/'],
  ])("is refused with a wrong %s: %j", (path, value, message) => {
    expect(issuesOf(siteWith({ [`services.services.web.${path}`]: value }))).toEqual([message]);
  });

  it("is what a service with a site says that it is", () => {
    expect(issuesOf(rawWith({ "services.services.web.site": {} }))).toEqual([
      "services.web.site: is only for kind static; set kind: static, or remove it",
    ]);
  });
});
