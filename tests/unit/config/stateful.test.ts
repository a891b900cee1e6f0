import { declaredImages } from "../../../config/declaredBuilds";
import { parseSettings } from "../../../config/parseSettings";
import { issuesOf, rawWith, type Changes } from "../../support/fixtures";

const IMAGE = `registry.test/redis@sha256:${"a".repeat(64)}`;
const LEAST = { kind: "stateful", image: IMAGE, port: 6379, volume: { path: "/data" } };

/** A stack with a stateful service `cache`, with single settings changed. */
const withCache = (changes: Changes = {}) =>
  rawWith({ "services.services.cache": LEAST, ...changes });
const issuesWith = (setting: string, value: unknown) =>
  issuesOf(withCache({ [`services.services.cache.${setting}`]: value }));

describe("a stateful service", () => {
  it("is no service of the sets, and takes nothing of their defaults", () => {
    const { services, stateful } = parseSettings(
      withCache({
        "services.defaults": { health: { livePath: "/up" }, port: 3000, env: { A: "1" } },
      }),
    );
    expect(Object.keys(services)).not.toContain("cache");
    expect(stateful["cache"]).toEqual({
      ...{ image: IMAGE, port: 6379, volume: { path: "/data" }, command: null },
      ...{ user: "10001:10001", env: {}, secrets: [], backup: null },
      health: { command: null, intervalMilliseconds: 500, deadlineSeconds: 60 },
      resources: { memoryMegabytes: 256, cpus: "1", pids: 256 },
      ...{ stopGraceSeconds: 30, scratchPaths: ["/tmp"] },
    });
  });

  it("leaves the others as they are: a stack without one has none", () => {
    const { stateful, services } = parseSettings(rawWith({}));
    expect(stateful).toEqual({});
    expect(parseSettings(withCache()).services).toEqual(services);
  });

  it("may be what others depend on, which is no part of their release", () => {
    const changes = { "services.services.web.dependsOn": ["cache"] };
    expect(parseSettings(withCache(changes)).services["web"]!.dependsOn).toEqual([]);
  });

  it("is changed by a stack, and left out by one", () => {
    const smaller = { cache: { resources: { memoryMegabytes: 64 } } };
    const { stateful } = parseSettings(withCache({ "config.services": smaller }));
    expect(stateful["cache"]!.resources.memoryMegabytes).toBe(64);
    const none = withCache({ "config.services": { cache: { enabled: false } } });
    expect(parseSettings(none).stateful).toEqual({});
  });

  it("has no image that `images` builds", () => {
    const content = { services: { cache: LEAST } };
    expect(declaredImages(content, undefined, "demo")).toEqual({ images: [], issues: [] });
  });

  // prettier-ignore
  it.each<[path: string, value: unknown, message: string]>([
    ["image", "redis:7", 'services.cache.image: must be pinned by digest, got "redis:7"; use <repository>@sha256:<64 hex>'],
    ["port", undefined, "services.cache.port: is required"],
    ["volume", { path: "/proc/x" }, 'services.cache.volume.path: must be an absolute path inside the container, got "/proc/x"; not below /proc, /sys, /dev, /tmp or /run/secrets'],
    ["user", "0", 'services.cache.user: must be a non-zero uid or uid:gid, in quotes, got "0"; for example "10001:10001"'],
    ["replicas", 2, "services.cache.replicas: unknown key; the keys here are kind, enabled, image, port, volume, command, user, env, secrets, health, backup, resources, stopGraceSeconds, scratchPaths"],
    ["scratchPaths", ["/data/tmp"], 'services.cache.scratchPaths: must not be at or below volume.path, got "/data"; remove it'],
    ["env", { PASSWORD_FILE: "/x" }, "services.cache.env.PASSWORD_FILE: is also set by secrets; keep one"],
  ])("is refused with a wrong %s: %j", (path, value, message) => {
    const changes = { "services.services.cache.secrets": ["PASSWORD"], [`services.services.cache.${path}`]: value };
    expect(issuesOf(withCache(changes))).toEqual([message]);
  });

  it.each(["edge", "postgres", "prometheus", "blue-cache", "cache-before", "cache-2"])(
    "is not called %s, as one of the stack's own containers is or could be",
    (name) => {
      expect(issuesOf(rawWith({ [`services.services.${name}`]: LEAST }))).toEqual([
        `services: name "${name}" is of a container of the stack's own, which a stateful service's would be called like; choose another`,
      ]);
    },
  );

  it("is no part of a release", () => {
    const digest = `sha256:${"b".repeat(64)}`;
    expect(issuesOf(withCache({ "config.release.cache": digest }))).toEqual([
      "release.cache: is stateful and no part of a release; remove it here",
    ]);
  });

  it("may have each of its settings", () => {
    expect(issuesWith("backup", ["redis-cli", "--rdb", "-"])).toEqual([]);
    expect(issuesWith("health", { command: ["redis-cli", "ping"], deadlineSeconds: 5 })).toEqual(
      [],
    );
  });
});
