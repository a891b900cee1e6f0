import { ConfigError } from "../../../config/configError";
import { parseSettings } from "../../../config/parseSettings";
import {
  digest,
  EDGE_IMAGE,
  issuesOf,
  minimalRaw,
  rawWith,
  settingsWith,
} from "../../support/fixtures";

const SLO = { objectivePercent: 99.5, periodDays: 30, slowSeconds: 1 };

describe("defaults", () => {
  test("fill in everything that the minimal configuration leaves out", () => {
    const service = {
      port: 8000,
      replicas: 1,
      command: null,
      user: "10001:10001",
      ...{ env: {}, secrets: [] },
      migration: null,
      health: {
        livePath: "/health",
        readyPath: "/ready",
        passes: 2,
        intervalMilliseconds: 100,
        deadlineSeconds: 30,
      },
      resources: { memoryMegabytes: 256, cpus: "1", pids: 256 },
      stopGraceSeconds: 10,
      scratchPaths: ["/tmp"],
      dependsOn: [],
    };
    const route = {
      host: null,
      stripPrefix: true,
      maxBodyMegabytes: 10,
      readTimeoutSeconds: 60,
      rateLimitPerSecond: null,
      corsOrigins: [],
    };
    const serviceOf = (name: string) => ({
      ...service,
      repository: `registry.example.com/team/${name}`,
      route: { ...route, path: `/${name}/` },
    });
    expect(parseSettings(minimalRaw())).toEqual({
      kind: "shared",
      registry: {
        kind: "local",
        address: "registry.example.com",
        endpoint: "registry.example.com",
        namespace: "team",
        manage: false,
        kmsKey: null,
        pullAccounts: [],
      },
      promotion: null,
      pinReason: null,
      host: null,
      identity: null,
      packages: null,
      postgres: null,
      migrations: {
        timeoutSeconds: 600,
        lockWaitSeconds: 30,
        compatible: {},
        backup: "destructive",
        keepBackups: 10,
      },
      ...{ backups: null, stateful: {} },
      directory: "/var/lib/maestro/maestro-test",
      secrets: { kind: "local", directory: "/run/maestro" },
      subnet: "10.213.0.0/16",
      edge: {
        image: EDGE_IMAGE,
        listen: { address: "127.0.0.1", port: 8080 },
        preview: { address: "127.0.0.1", port: 8081 },
        tls: null,
        publicHost: "localhost",
        trustedProxies: [],
        gzip: true,
        securityHeaders: true,
        maxHeaderLineKilobytes: 16,
        maxHeaderKilobytes: 64,
        memoryMegabytes: 256,
        maxConcurrentRequestsPerClient: 512,
      },
      rollout: { keepPrevious: "warm", drainSeconds: 10, bakeSeconds: 60 },
      healthGate: { stabilizeSeconds: 30, services: {}, modules: [] },
      ...{ dependencies: {}, slos: { web: SLO, api: SLO } },
      services: { web: serviceOf("web"), api: serviceOf("api") },
      release: { web: digest("a"), api: digest("b") },
      ...{ settingsFrom: null, allowRejected: null, prune: null, doctor: null, policy: null },
      ...{ notices: null, observability: null, gates: null, override: null },
    });
  });

  test("of the development stack need no registry and stay in the project", () => {
    const settings = settingsWith({ stack: "development", "config.registry": undefined });
    expect(settings.registry).toEqual({
      kind: "local",
      address: "localhost:5000",
      endpoint: "localhost:5000",
      namespace: "maestro",
      manage: false,
      kmsKey: null,
      pullAccounts: [],
    });
    expect(settings.directory).toBe("/home/me/maestro/.maestro/development");
  });

  test("of the stop grace follow the drain time", () => {
    expect(settingsWith({ "config.rollout.drainSeconds": 45 }).services["web"]).toMatchObject({
      stopGraceSeconds: 45,
    });
  });
});

describe("values the user may write", () => {
  // prettier-ignore
  const CASES: [path: string, value: unknown, result: string, expected: unknown][] = [
    ["services.services.web", null, "services.web.port", 8000],
    ["services.services.web.repository", "docker.io/library/nginx", "services.web.repository", "docker.io/library/nginx"],
    ["services.services.web.migration", { command: ["app", "migrate"] }, "services.web.migration", ["app", "migrate"]],
    ["services.services.web.migration", null, "services.web.migration", null],
    ["services.services.web.resources.cpus", 0.5, "services.web.resources.cpus", "0.5"],
    ["services.services.web.resources.cpus", "2.0", "services.web.resources.cpus", "2"],
    ["services.services.web.route.path", "/", "services.web.route.path", "/"],
    ["services.services.web.route.path", "/edges/", "services.web.route.path", "/edges/"],
    ["services.services.web.route.path", "/api/v1/", "services.web.route.path", "/api/v1/"],
    ["services.services.web.route", { path: "/api/", host: "web.example.com" }, "services.web.route.host", "web.example.com"],
    ["services.services.web.route.corsOrigins", ["http://localhost:3000"], "services.web.route.corsOrigins", ["http://localhost:3000"]],
    ["services.services.web.route.maxAnswerHeaderKilobytes", 64, "services.web.route.maxAnswerHeaderKilobytes", 64],
    ["services.services.web.route.maxAnswerHeaderKilobytes", 32, "services.web.route.maxAnswerHeaderKilobytes", undefined],
    ["config.edge.trustedProxies", ["10.0.0.0/8", "10.1.2.3/32", "fd00::/8", "fc00::/7", "2001:db8::1/128"], "edge.trustedProxies", ["10.0.0.0/8", "10.1.2.3/32", "fd00::/8", "fc00::/7", "2001:db8::1/128"]],
    ["services.services.web.env", { DB_PASSWORD_FILE: "/run/secrets/DB_PASSWORD", CSRF_TOKEN: "off" }, "services.web.env", { DB_PASSWORD_FILE: "/run/secrets/DB_PASSWORD", CSRF_TOKEN: "off" }],
    ["services.defaults", { replicas: 3, env: { A: "1" } }, "services.web.replicas", 3],
    ["config.edge.tls", { certificateFile: "/tls/certificate.pem", keyFile: "/tls/key.pem" }, "edge.tls.listen", { address: "127.0.0.1", port: 8443 }],
    ["config.edge.preview", "127.0.0.2:8080", "edge.preview", { address: "127.0.0.2", port: 8080 }],
    ["config.rollout", null, "rollout.drainSeconds", 10],
    ["config.network.subnet", "192.168.0.0/16", "subnet", "192.168.0.0/16"],
    ["config.registry", { kind: "ecr", address: "123456789012.dkr.ecr.eu-west-1.amazonaws.com" }, "services.web.repository", "123456789012.dkr.ecr.eu-west-1.amazonaws.com/maestro/web"],
    ["config.allowRejected", "0123456789ab", "allowRejected", "0123456789ab"],
    ["config.gates", { window: { timeZone: "UTC", freezes: [{ from: "2026-12-20 00:00:00 +0000 UTC", to: "2027-01-02T08:00", reason: "the year's end" }] } }, "gates.window.freezes", [{ from: "2026-12-20T00:00", to: "2027-01-02T08:00", reason: "the year's end" }]],
    ["config.gates", { modules: [{ module: "gates/ticket.js" }] }, "gates.modules", [{ module: "gates/ticket.js", options: {} }]],
    ["config.rollout", { keepPrevious: "removed", drainSeconds: 60 }, "rollout.drainSeconds", 60],
  ];
  test.each(CASES)("%s: %j", (path, value, result, expected) => {
    const settings: unknown = settingsWith({ [path]: value });
    const found = result
      .split(".")
      .reduce((parent, key) => (parent as Record<string, unknown>)[key], settings);
    expect(found).toEqual(expected);
  });
});

describe("a stack", () => {
  test("overrides single settings of services.yaml, which override the defaults", () => {
    const { services } = settingsWith({
      "services.defaults": { env: { A: "default", B: "default" }, command: ["default", "x"] },
      "services.services.web": { env: { B: "file", C: "file" }, health: { passes: 5 } },
      "config.services.web": { env: { C: "stack" }, command: ["stack"] },
    });
    expect(services["web"]).toMatchObject({
      env: { A: "default", B: "file", C: "stack" },
      command: ["stack"],
      health: { passes: 5, readyPath: "/ready" },
    });
    expect(services["api"]).toMatchObject({ env: { A: "default", B: "default" } });
  });

  test("leaves out a service with its digest and what depends on it keeps working", () => {
    const settings = settingsWith({
      "services.services.web.dependsOn": ["api"],
      "config.services.api.enabled": false,
    });
    expect(Object.keys(settings.services)).toEqual(["web"]);
    expect(settings.release).toEqual({ web: digest("a") });
    expect(settings.services["web"]?.dependsOn).toEqual([]);
  });

  test("needs no digest for a service it leaves out", () => {
    const changes = { "config.services.api.enabled": false, "config.release.api": undefined };
    expect(Object.keys(settingsWith(changes).release)).toEqual(["web"]);
  });

  test("that rolls back takes a release of other services than today's", () => {
    const settings = settingsWith({
      "config.settingsFrom": "0123456789ab",
      "config.release": { web: digest("a"), former: digest("c") },
    });
    expect(settings.release).toEqual({ web: digest("a"), former: digest("c") });
    expect(settings.settingsFrom).toBe("0123456789ab");
  });

  test("that rolls back takes the services too that are left out today", () => {
    const settings = settingsWith({
      "config.settingsFrom": "abcdef012345",
      "config.services": { api: { enabled: false } },
    });
    expect(Object.keys(settings.release).sort()).toEqual(["api", "web"]);
    expect(Object.keys(settings.services)).toEqual(["web"]);
  });
});

describe("a configuration with many mistakes", () => {
  const raw = rawWith({
    stack: "demo",
    "config.registry.kind": "docker",
    "config.edge": { image: "nginx:1", listen: "0.0.0.0:80", preview: "0.0.0.0:80", gzip: "on" },
    "config.rollout": { drainSeconds: 20, bakeSecond: 1 },
    "config.release": { web: "latest", wbe: digest("a") },
    "config.services.api.replicas": 0,
    "services.defaults.pids": 5,
    "services.services.web": { port: "80", stopGraceSeconds: 10, dependsOn: ["api"] },
    "services.services.api": { dependsOn: ["web"], route: { path: "/web/", host: "a;b" } },
  });

  // prettier-ignore
  const ISSUES = [
    "registry.kind: must be one of local, ecr, got \"docker\"",
    "edge.image: must be pinned by digest, got \"nginx:1\"; use <repository>@sha256:<64 hex>, which `maestro setup` writes",
    "edge.gzip: must be true or false, got \"on\"",
    "rollout.bakeSecond: unknown key; did you mean `bakeSeconds`?",
    "release.web: must be a digest, since a tag can move, got \"latest\"; run `npm run images`, which writes the digests",
    "edge.preview: uses the port of edge.listen, got \"0.0.0.0:80\"; choose another port",
    "services.web.port: must be an integer from 1 to 65535, got \"80\"",
    "defaults.pids: unknown key; the keys here are enabled, repository, kind, build, site, port, replicas, command, user, env, secrets, migration, health, healthGate, slo, route, resources, stopGraceSeconds, scratchPaths, imageVolumes, dependsOn, dependencies",
    "services.api.replicas (in Pulumi.demo.yaml): must be an integer from 1 to 16, got 0",
    "services.api.route.host: must be a DNS name in lower case, got \"a;b\"; without scheme and port",
    "services.web.stopGraceSeconds: must be at least rollout.drainSeconds (20), got 10; requests would be cut",
    "services.web.dependsOn: goes in a circle, web -> api -> web; remove one",
    "release.wbe: is not a service of services.yaml; did you mean `web`?",
    "release.api: is required; run `npm run images`, or leave the service out with services.api.enabled: false in Pulumi.demo.yaml",
  ];

  test("lists all of them at once, those between fields too", () => {
    expect([...issuesOf(raw)].sort()).toEqual([...ISSUES].sort());
  });

  test("counts them in the first line and gives each one line", () => {
    const message = new ConfigError("demo", ["a: is wrong", "b: is wrong"]).message;
    expect(message).toBe(
      '2 problems in the configuration of stack "demo":\n  a: is wrong\n  b: is wrong',
    );
    expect(new ConfigError("demo", ["a: is wrong"]).message).toMatch(/^1 problem in /);
  });
});
