import fc from "fast-check";

import type { RawSettings } from "../../../config/parseSettings";
import { digest, EDGE_IMAGE, issuesOf, rawWith, setAt } from "../../support/fixtures";

const RUNS = 10_000;
const READABLE = /^[^:\n]+: [^\n]+$/;
/** What zod or a careless template would print. */
const UNREADABLE = /Invalid|undefined|\[object|expected|zod/;

/** Valid, with every setting written out, so that a mutation can reach each of them. */
const FULL_SERVICE = {
  enabled: true,
  repository: "docker.io/library/nginx",
  port: 80,
  replicas: 2,
  command: ["nginx", "-g", "daemon off;"],
  user: "101:101",
  env: { LOG_LEVEL: "info" },
  secrets: ["DB_URL"],
  migration: { command: ["app", "migrate"] },
  health: {
    livePath: "/l",
    readyPath: "/r",
    passes: 3,
    intervalMilliseconds: 50,
    deadlineSeconds: 9,
  },
  route: {
    path: "/full/",
    host: "full.example.com",
    stripPrefix: false,
    maxBodyMegabytes: 1,
    maxAnswerHeaderKilobytes: 16,
    readTimeoutSeconds: 5,
    rateLimitPerSecond: 10,
    corsOrigins: ["https://example.com"],
  },
  resources: { memoryMegabytes: 64, cpus: "0.5", pids: 64 },
  stopGraceSeconds: 30,
  scratchPaths: ["/tmp", "/var/cache"],
  dependsOn: ["web"],
};

const FULL = rawWith({
  "services.defaults": { replicas: 1, health: { passes: 1 } },
  "services.services.full": FULL_SERVICE,
  "config.edge": {
    image: EDGE_IMAGE,
    listen: "0.0.0.0:80",
    preview: "127.0.0.1:81",
    tls: { listen: "0.0.0.0:443", certificateFile: "/tls/c.pem", keyFile: "/tls/k.pem" },
    publicHost: "example.com",
    gzip: false,
    securityHeaders: false,
    memoryMegabytes: 64,
  },
  "config.network": { subnet: "10.1.0.0/16" },
  "config.directory": "/srv/maestro",
  "config.rollout": { keepPrevious: "stopped", drainSeconds: 60, bakeSeconds: 5 },
  "config.services": { full: { replicas: 3, stopGraceSeconds: 60 } },
  "config.release.full": digest("c"),
  "config.servicesFile": "services.yaml",
});

type Mutation = readonly [path: readonly string[], value: unknown];

function pathsOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  const children =
    value !== null && typeof value === "object" && !Array.isArray(value)
      ? Object.entries(value).flatMap(([key, child]) => pathsOf(child, [...path, key]))
      : [];
  return [path, ...children];
}

const paths = [...pathsOf(FULL.config, ["config"]), ...pathsOf(FULL.services, ["services"])];

const NASTY = [
  "",
  " ",
  "__proto__",
  "constructor",
  "a:b",
  "$(id)",
  "`x`",
  "}\n{",
  "\0",
  "\u202e",
  "'\"",
  "../..",
  "*",
];
const text = fc.oneof(fc.constantFrom(...NASTY), fc.string(), fc.string({ unit: "binary" }));
const value = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom(undefined, null, true, 0, -1, 1.5, 1e9, NaN, [], {}, [[]]),
  },
  { weight: 3, arbitrary: text },
  { weight: 1, arbitrary: fc.integer() },
  { weight: 2, arbitrary: fc.array(text, { maxLength: 3 }) },
  { weight: 2, arbitrary: fc.dictionary(text, text, { maxKeys: 3 }) },
  {
    weight: 2,
    arbitrary: fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      maxDepth: 3,
    }),
  },
);
const replaced: fc.Arbitrary<Mutation> = fc.tuple(fc.constantFrom(...paths), value);
const added: fc.Arbitrary<Mutation> = fc
  .tuple(fc.constantFrom(...paths), text, value)
  .map(([path, key, entry]) => [[...path, key], entry]);
const moved: fc.Arbitrary<Mutation> = fc
  .tuple(fc.constantFrom(...paths), fc.constantFrom(...paths))
  .map(([path, from]) => [
    path,
    from.reduce<unknown>((parent, key) => (parent as Record<string, unknown>)[key], FULL),
  ]);
const mutations = fc.array(fc.oneof(replaced, added, moved), { minLength: 1, maxLength: 4 });

function mutate(raw: RawSettings, changes: readonly Mutation[]): RawSettings {
  return changes.reduce(
    (current, [path, entry]) => setAt(current, path, entry) as RawSettings,
    raw,
  );
}

test("the configuration that is mutated is valid", () => {
  expect(issuesOf(FULL)).toEqual([]);
});

test("any mutation is valid or gives issues of one readable line each, never another exception", () => {
  const seen = { valid: 0, invalid: 0 };
  fc.assert(
    fc.property(mutations, (changes) => {
      const issues = issuesOf(mutate(FULL, changes));
      seen[issues.length === 0 ? "valid" : "invalid"] += 1;
      // One comparison a run: `expect` would take longer than what it checks.
      const unreadable = issues.filter((issue) => !READABLE.test(issue) || UNREADABLE.test(issue));
      if (unreadable.length > 0) {
        throw new Error(unreadable.join("\n"));
      }
    }),
    { numRuns: RUNS },
  );
  // Both outcomes are common, or the property would say little: 2.3 % are valid, give or take 0.15 %.
  expect(Math.min(seen.valid, seen.invalid)).toBeGreaterThan(RUNS / 100);
}, 60_000);

test("a variable's value is never printed, whatever else is wrong with it", () => {
  const canary = "c4naryZ8kQ2xW7vL5nP3";
  fc.assert(
    fc.property(
      text,
      fc.constantFrom(canary, `${canary}\n`, `postgres://u:${canary}@db`, [canary], { a: canary }),
      (name, secret) => {
        const variable: Mutation = [["services", "services", "web", "env", name || "A"], secret];
        const broken: Mutation = [["services", "services", "web", "port"], 0];
        expect(issuesOf(mutate(FULL, [variable, broken])).join("\n")).not.toContain(canary);
      },
    ),
    { numRuns: 1000 },
  );
});
