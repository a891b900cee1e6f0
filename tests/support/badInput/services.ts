import { digest } from "../fixtures";
import { absent, config, service, yaml, type BadInput } from "./row";

const KEYS =
  "enabled, repository, kind, build, site, port, replicas, command, user, env, secrets, migration, health, healthGate, slo, route, resources, stopGraceSeconds, scratchPaths, imageVolumes, dependsOn, dependencies";
const HARDENED = "unknown key; containers always run hardened, without privileges and host mounts";
const TO_SECRETS =
  "looks like a credential; keep the value in the secrets store and name it under `secrets`";
const DIGESTS = "run `npm run images`, which writes the digests";
const HEX = "a".repeat(64);

/** A canary with these shares. */
function canary(...percents: readonly number[]): object {
  const steps = percents.map((percent) => ({ percent, watchSeconds: 60 }));
  return { strategy: "canary", canary: { steps } };
}

/** Rows 1 to 22: services and their images. */
// prettier-ignore
export const SERVICE_ROWS: readonly BadInput[] = [
  config(1, "`services: {}`", { "services.services": {} }, "services: at least one service is required, got an empty object; see the comments in services.yaml"),
  service(2, "unknown key `imge`", { imge: "x" }, `services.web.imge: unknown key; the keys here are ${KEYS}`),
  service(2, "unknown key `replica`", { replica: 2 }, "services.web.replica: unknown key; did you mean `replicas`?"),
  config(3, "service name `Web_App!`", { "services.services.Web_App!": {} }, 'services: name "Web_App!" must match [a-z][a-z0-9-]{0,39}; it becomes part of container names'),
  config(3, "a name too long, which would be cut", { [`services.services.${"a".repeat(41)}`]: {} }, `services: name "${"a".repeat(41)}" must match [a-z][a-z0-9-]{0,39}; it becomes part of container names`),
  config(4, "no digest for a service", { "config.release.web": undefined }, "release.web: is required; run `npm run images`, or leave the service out with services.web.enabled: false in Pulumi.test.yaml"),
  config(5, "image `web:latest`", { "config.release.web": "web:latest" }, `release.web: must be a digest, since a tag can move, got "web:latest"; ${DIGESTS}`),
  service(5, "`image` in services.yaml", { image: "app:latest" }, "services.web.image: unknown key; the repository goes to `repository`, the digest to maestro:release"),
  config(6, "digest of 63 digits", { "config.release.web": digest("a").slice(0, -1) }, `release.web: must have 64 hex digits, has 63, got "sha256:${HEX.slice(1)}"; copy the whole digest`),
  config(6, "digest in upper case", { "config.release.web": digest("A") }, `release.web: must be in lower case, got "${digest("A")}"; copy the digest as the registry prints it`),
  config(6, "sha512", { "config.release.web": `sha512:${HEX}` }, `release.web: must be a sha256 digest, not sha512, got "sha512:${HEX}"; ${DIGESTS}`),
  config(7, "tag and digest together", { "config.release.web": `web:1.4@${digest("a")}` }, `release.web: must be the digest alone, got "web:1.4@${digest("a")}"; remove what stands before sha256`),
  service(8, "repository without a registry", { repository: "nginx" }, 'services.web.repository: must be <registry host>/<path> in lower case, got "nginx"; for example docker.io/library/nginx'),
  absent(8, "a registry that is not allowed", "there is no list of allowed registries: which ones may be used is for a policy pack"),
  service(8, "a build argument that is a credential", { "build.args": { NPM_TOKEN: "npm_9fK2xQ7vB4tR8wZ1mC6" } }, "services.web.build.args.NPM_TOKEN: looks like a credential, which the image's history would show; name it under `secrets`"),
  service(8, "a secret of a build from two places", { "build.secrets": { npmrc: { file: ".npmrc", environment: "NPMRC" } } }, "services.web.build.secrets.npmrc: must be { file: <path> } or { environment: <variable> }, got an object; keep one"),
  service(8, "a Dockerfile that is not in the context", { "build.dockerfile": "/srv/Dockerfile" }, 'services.web.build.dockerfile: must be a path relative to the build\'s context, got "/srv/Dockerfile"; for example Dockerfile'),
  service(8, "a platform of one word", { "build.platform": "amd64" }, 'services.web.build.platform: must be <os>/<architecture>[/<variant>], got "amd64"; for example linux/amd64'),
  service(9, "port 0", { port: 0 }, "services.web.port: must be an integer from 1 to 65535, got 0"),
  service(9, "port 70000", { port: 70000 }, "services.web.port: must be an integer from 1 to 65535, got 70000"),
  service(9, 'port `"80"`', { port: "80" }, 'services.web.port: must be an integer from 1 to 65535, got "80"'),
  service(9, "a host port", { hostPort: 8080 }, "services.web.hostPort: unknown key; only the edge is reached from outside, see maestro:edge"),
  config(9, "one port for two listeners", { "config.edge.listen": "0.0.0.0:8081" }, 'edge.preview: uses the port of edge.listen, got "127.0.0.1:8081"; choose another port'),
  service(10, "replicas 0", { replicas: 0 }, "services.web.replicas: must be an integer from 1 to 16, got 0"),
  service(10, "replicas -1", { replicas: -1 }, "services.web.replicas: must be an integer from 1 to 16, got -1"),
  service(10, "replicas 1.5", { replicas: 1.5 }, "services.web.replicas: must be an integer from 1 to 16, got 1.5"),
  service(11, "health path without a slash", { "health.readyPath": "up" }, 'services.web.health.readyPath: must be a path that starts with "/", got "up"; letters, digits, / . _ ~ and - without a query'),
  absent(12, "health timeout longer than its interval", "a probe has no timeout of its own: the gate waits 2 s for an answer and counts the interval from there"),
  service(13, "deadline too short for all passes", { health: { passes: 50, intervalMilliseconds: 1000 } }, "services.web.health.deadlineSeconds: cannot fit 50 passes every 1000 ms, got 30; allow at least 50"),
  config(14, 'duration `"5"`', { "config.promoteFrom": "demo", "config.release": undefined, "config.minimumSoak": "5" }, 'minimumSoak: must be a duration with its unit, got "5"; such as 45m, 24h or 7d'),
  config(14, 'duration `"10s"` where the name has the unit', { "config.rollout.drainSeconds": "10s" }, 'rollout.drainSeconds: must be an integer from 1 to 3600, got "10s"'),
  config(14, "duration -3", { "config.rollout.bakeSeconds": -3 }, "rollout.bakeSeconds: must be an integer from 0 to 3600, got -3"),
  config(14, "duration NaN", { "config.rollout.drainSeconds": NaN }, "rollout.drainSeconds: must be an integer from 1 to 3600, got NaN"),
  config(15, "drain shorter than the longest request", { "config.rollout.keepPrevious": "removed" }, 'rollout.drainSeconds: is shorter than services.web.route.readTimeoutSeconds (60) while keepPrevious is "removed", got 10; requests would be cut: raise it or keep the previous set warm'),
  service(16, "stop grace 0", { stopGraceSeconds: 0 }, "services.web.stopGraceSeconds: must be an integer from 1 to 3600, got 0"),
  service(16, "stop grace shorter than the drain", { stopGraceSeconds: 9 }, "services.web.stopGraceSeconds: must be at least rollout.drainSeconds (10), got 9; requests would be cut"),
  config(17, "canary weights that fall", { "config.rollout": canary(10, 5, 100) }, "rollout.canary.steps[1].percent: must be more than the step before it, which has 10 %, got 5; sort the steps"),
  config(17, "a last canary weight that is not 100", { "config.rollout": canary(10, 50) }, "rollout.canary.steps: must end with all clients, got a list; add { percent: 100, watchSeconds: 60 }"),
  config(17, "canary steps of a stack that has none", { "config.rollout": { canary: {} } }, "rollout.canary: is without effect, got an empty object; set strategy: canary, or remove it"),
  config(18, "canary weight that no bucket has", { "config.rollout": canary(12, 100) }, "rollout.canary.steps[0].percent: must be one of 1, 5, 10, 25, 50, 75, 100, got 12"),
  absent(21, "canary pause shorter than a metric's interval", "there is no interval: every request counts"),
  absent(19, "a metric without threshold", "there are no metrics to write: errors and latency of all requests are judged, each with its default limits"),
  absent(20, "a metric's URL with a password", "there are no metrics"),
  service(22, "a secret's value", { secrets: ["postgres://app:hunter2@db/app"] }, "services.web.secrets[0]: must be a name of letters, digits and _, no digit first; the value stays in the secrets store"),
  service(22, "names with values", { secrets: { DB_URL: "postgres://db" } }, "services.web.secrets: must be a list of names, got an object; values stay in the secrets store"),
  service(22, "an entry with a value", { secrets: [{ name: "DB_URL", value: "hunter2" }] }, "services.web.secrets[0].value: unknown key; the keys here are name, environment, values stay in the secrets store"),
];

/** Rows 26 to 39 that are about services. */
// prettier-ignore
export const CONTAINER_ROWS: readonly BadInput[] = [
  service(26, "one name in env and secrets", { secrets: ["DB_URL"], "env.DB_URL": "x" }, "services.web.env.DB_URL: is also in secrets; keep one"),
  service(27, "a number as a variable", { "env.MAX": 5 }, "services.web.env.MAX: must be a string, got a number; put it in quotes"),
  service(27, "null as a variable", { "env.MAX": null }, "services.web.env.MAX: must be a string, got null; put it in quotes"),
  service(27, "a line break in a variable", { "env.TEXT": "two\nlines" }, "services.web.env.TEXT: must have no line break and no NUL; pass longer texts as a file in the image"),
  service(27, "variable `1A`", { "env.1A": "x" }, "services.web.env.1A: is not a valid variable name; use letters, digits and _, no digit first"),
  service(27, "variable `A=B`", { "env.A=B": "x" }, 'services.web.env: "A=B" is not a valid variable name; use letters, digits and _, no digit first'),
  service(28, "an AWS key as a variable", { "env.AWS": "AKIAABCDEFGHIJKLMNOP" }, `services.web.env.AWS: ${TO_SECRETS}`),
  service(28, "a PEM key as a variable", { "env.CERT": "-----BEGIN RSA PRIVATE KEY----- abc" }, `services.web.env.CERT: ${TO_SECRETS}`),
  service(28, "a JWT as a variable", { "env.AUTH": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl" }, `services.web.env.AUTH: ${TO_SECRETS}`),
  ...["a;b", "$x", "a\nb", "}"].map((host) => service(31, `host \`${host.replace("\n", "\\n")}\``, { "route.host": host }, `services.web.route.host: must be a DNS name in lower case, got ${JSON.stringify(host)}; without scheme and port`)),
  config(32, "one host and path twice", { "services.services.web.route.path": "/api/" }, 'services.api.route.path: is already routed to web, got "/api/"; choose another path or host'),
  absent(32, "a route to an unknown service", "a route belongs to its service"),
  service(34, 'body size `"10Q"`', { "route.maxBodyMegabytes": "10Q" }, 'services.web.route.maxBodyMegabytes: must be an integer from 1 to 10240, got "10Q"'),
  service(34, 'memory `"64"`', { "resources.memoryMegabytes": "64" }, 'services.web.resources.memoryMegabytes: must be an integer from 16 to 1048576, got "64"'),
  service(34, "memory below what a process needs", { "resources.memoryMegabytes": 5 }, "services.web.resources.memoryMegabytes: must be an integer from 16 to 1048576, got 5"),
  service(34, "cpus 0", { "resources.cpus": 0 }, 'services.web.resources.cpus: must be a number of processors from "0.01" to "199", got 0'),
  ...["privileged", "networkMode", "mounts", "capAdd"].map((key) => service(35, `\`${key}\``, { [key]: "x" }, `services.web.${key}: ${HARDENED}`)),
  ...["root", "0", "0:0"].map((user) => service(36, `user \`"${user}"\``, { user }, `services.web.user: must be a non-zero uid or uid:gid, in quotes, got "${user}"; for example "10001:10001"`)),
  service(37, "a relative writable path", { scratchPaths: ["data"] }, 'services.web.scratchPaths[0]: must be an absolute path inside the container, got "data"; not below /proc, /sys, /dev or /run/secrets'),
  service(37, "a writable path with `..`", { scratchPaths: ["/data/../etc"] }, 'services.web.scratchPaths[0]: must be an absolute path inside the container, got "/data/../etc"; not below /proc, /sys, /dev or /run/secrets'),
  service(37, "a volume that both sets write", { volumes: ["data:/data"] }, "services.web.volumes: unknown key; containers keep no data: two sets run side by side, and each release replaces its own; data goes to a database (`migration`), a store over the network, or, for as long as a container lives, `scratchPaths`"),
  service(37, "a writable path without a size", { scratchPaths: [{ path: "/data" }] }, "services.web.scratchPaths[0].megabytes: is required; for example 256"),
  service(37, "one path twice, once with a size", { scratchPaths: ["/data", { path: "/data", megabytes: 1 }] }, 'services.web.scratchPaths[1]: is listed twice, first as number 1, got an object; keep one'),
  service(37, "volumes of an image anywhere else", { imageVolumes: "host" }, 'services.web.imageVolumes: must be one of memory, disk, got "host"'),
  service(38, "a migration without a command", { migration: {} }, 'services.web.migration.command: is required; write ["python", "-m", "app"]'),
  config(38, "a migration's timeout 0", { "config.migrations.timeoutSeconds": 0 }, "migrations.timeoutSeconds: must be an integer from 1 to 86400, got 0"),
  absent(38, "one database for two services", "the address is a secret, which the configuration's check never sees; databases of the stack's own server are one a service by their names"),
  config(39, "a circle of dependencies", { "services.services.web.dependsOn": ["api"], "services.services.api.dependsOn": ["web"] }, "services.web.dependsOn: goes in a circle, web -> api -> web; remove one"),
  service(39, "a service that depends on itself", { dependsOn: ["web"] }, 'services.web.dependsOn: names the service itself, got "web"; remove it'),
  yaml(44, "a key twice", "services:\n  web: {}\n  web: {}\n", 'services.yaml:3: duplicate key "web"; keep one'),
  yaml(44, "a tab", "services:\n\tweb: {}\n", "services.yaml:2: a tab in the indentation; use spaces"),
  yaml(44, "a byte order mark", "\ufeffservices: {}\n", "services.yaml:1: starts with a byte order mark; save it as UTF-8 without one"),
];
