import { digest, issuesOf, rawWith } from "../support/fixtures";

const HEX = digest("a").slice("sha256:".length);

/** Bad value of one key of Pulumi.<stack>.yaml -> the one message. */
// prettier-ignore
const CASES: [path: string, value: unknown, message: string][] = [
  ["relese", {}, "relese: unknown key; did you mean `release`?"],
  ["secrets.kind", "vault", 'secrets.kind: must be one of local, aws'],
  ["secrets.directory", "/run", "secrets.directory: must be an absolute path at least two levels deep on the Docker host; for example /run/maestro, which is in memory"],
  ["secrets", { kind: "aws", region: "Ireland" }, 'secrets.region: must be an AWS region; for example eu-west-1'],
  ["secrets.region", "eu-west-1", 'secrets.region: is only for kind aws; remove it, or set maestro:secrets.kind'],
  ["secrets.values", { A: "x" }, "secrets.values: unknown key; the keys here are kind, region, directory"],
  ["color", "blue", "color: unknown key; the keys here are registry, packages, postgres, migrations, edge, rollout, host, hostKey, identityFile, network, directory, secrets, identity, release, promoteFrom, minimumSoak, pinReason, services, settingsFrom, allowRejected, servicesFile"],
  ["registry", undefined, "registry: is required; its keys are kind, address, endpoint, namespace, manage, kmsKey, pullAccounts"],
  ["registry", "localhost:5000", 'registry: must be an object, got "localhost:5000"; its keys are kind, address, endpoint, namespace, manage, kmsKey, pullAccounts'],
  ["identity", { github: { repository: "acme/shop" } }, "identity: is only for a stack with its images in ECR; set registry.kind, or remove it"],
  ["promoteFrom", "demo", "release: stands in the way of what is promoted from demo; say why in pinReason, or remove release to take the promoted one"],
  ["promoteFrom", "a b", 'promoteFrom: must be the name of a stack such as demo, got "a b"; or <organization>/<project>/<stack>'],
  ["pinReason", "because of it", "pinReason: is only for a stack with promoteFrom; remove it"],
  ["minimumSoak", "24", 'minimumSoak: must be a duration with its unit, got "24"; such as 45m, 24h or 7d'],
  ["registry.endpoint", "localhost:5000", 'registry.endpoint: is only for kind ecr, got "localhost:5000"; remove it'],
  ["registry", { kind: "ecr", address: "localhost:5000" }, 'registry.address: must be <account>.dkr.ecr.<region>.amazonaws.com, got "localhost:5000"; to push elsewhere set endpoint'],
  ["registry.kind", "docker", 'registry.kind: must be one of local, ecr, got "docker"'],
  ["registry", { kind: "ecr" }, "registry.address: is required; for ecr it is <account>.dkr.ecr.<region>.amazonaws.com"],
  ["registry.address", "https://registry.example.com", 'registry.address: must be host[:port], got "https://registry.example.com"; without scheme and path, and with the port if the host has no dot'],
  ["registry.address", "registry", 'registry.address: must be host[:port], got "registry"; without scheme and path, and with the port if the host has no dot'],
  ["registry.namespace", "/team/", 'registry.namespace: must be a lower-case path such as team/maestro, got "/team/"; without leading or trailing slash'],
  ["registry.password", "hunter2", "registry.password: unknown key; the keys here are kind, address, endpoint, namespace, manage, kmsKey, pullAccounts"],
  ["edge", undefined, "edge.image: is required; use <repository>@sha256:<64 hex>, which `make up` writes"],
  ["edge", "nginx", 'edge: must be an object, got "nginx"; its keys are image, listen, preview, tls, publicHost, gzip, securityHeaders, memoryMegabytes'],
  ["edge.image", "nginx:1.27", 'edge.image: must be pinned by digest, got "nginx:1.27"; use <repository>@sha256:<64 hex>, which `make up` writes'],
  ["edge.image", `nginx@sha256:${HEX.slice(1)}`, 'edge.image: must be pinned by digest, got "nginx@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"; use <repository>@sha256:<64 hex>, which `make up` writes'],
  ["edge.listen", 8080, "edge.listen: must be <IPv4 address>:<port>, got 8080; for example 127.0.0.1:8080, or 0.0.0.0:80 for all"],
  ["edge.listen", "localhost:8080", 'edge.listen: must be <IPv4 address>:<port>, got "localhost:8080"; for example 127.0.0.1:8080, or 0.0.0.0:80 for all'],
  ["edge.listen", "127.0.0.1:70000", 'edge.listen: must be <IPv4 address>:<port>, got "127.0.0.1:70000"; for example 127.0.0.1:8080, or 0.0.0.0:80 for all'],
  ["edge.listen", "127.0.0.1:8081", 'edge.preview: uses the port of edge.listen, got "127.0.0.1:8081"; choose another port'],
  ["edge.preview", "0.0.0.0:8080", 'edge.preview: uses the port of edge.listen, got "0.0.0.0:8080"; choose another port'],
  ["edge.tls", { certificateFile: "/tls/certificate.pem" }, "edge.tls.keyFile: is required; give both files, PEM"],
  ["edge.tls", { certificateFile: "cert.pem", keyFile: "/tls/key.pem" }, 'edge.tls.certificateFile: must be an absolute path on the Docker host, got "cert.pem"; give both files, PEM'],
  ["edge.tls", { certificateFile: "/c.pem", keyFile: "/k.pem", listen: "127.0.0.1:8080" }, 'edge.tls.listen: uses the port of edge.listen, got "127.0.0.1:8080"; choose another port'],
  ["edge.publicHost", "https://example.com", 'edge.publicHost: must be a DNS name in lower case, got "https://example.com"; without scheme and port'],
  ["edge.gzip", "on", 'edge.gzip: must be true or false, got "on"'],
  ["edge.securityHeaders", 1, "edge.securityHeaders: must be true or false, got 1"],
  ["edge.memoryMegabytes", 4, "edge.memoryMegabytes: must be an integer from 16 to 1048576, got 4"],
  ["network", "10.213.0.0/16", 'network: must be an object, got "10.213.0.0/16"; its keys are subnet'],
  ["network.subnet", "8.8.0.0/16", 'network.subnet: must be a private /16, got "8.8.0.0/16"; for example 10.213.0.0/16, not used on the host yet'],
  ["network.subnet", "10.213.0.0/24", 'network.subnet: must be a private /16, got "10.213.0.0/24"; for example 10.213.0.0/16, not used on the host yet'],
  ["network.subnet", "10.213.1.0/16", 'network.subnet: must be a private /16, got "10.213.1.0/16"; for example 10.213.0.0/16, not used on the host yet'],
  ["directory", "data", 'directory: must be an absolute path at least two levels deep on the Docker host, of letters, digits and ._@+-, got "data"; set maestro:directory'],
  ["directory", "/data", 'directory: must be an absolute path at least two levels deep on the Docker host, of letters, digits and ._@+-, got "/data"; set maestro:directory'],
  ["directory", "/data/../etc", 'directory: must be an absolute path at least two levels deep on the Docker host, of letters, digits and ._@+-, got "/data/../etc"; set maestro:directory'],
  ["directory", "/data/a b;c", 'directory: must be an absolute path at least two levels deep on the Docker host, of letters, digits and ._@+-, got "/data/a b;c"; set maestro:directory'],
  ["rollout", "warm", 'rollout: must be an object, got "warm"; its keys are keepPrevious, drainSeconds, bakeSeconds'],
  ["rollout.keepPrevious", "hot", 'rollout.keepPrevious: must be one of warm, stopped, removed, got "hot"'],
  ["rollout.keepPrevious", true, "rollout.keepPrevious: must be one of warm, stopped, removed, got true"],
  ["rollout.keepPrevious", "removed", 'rollout.drainSeconds: is shorter than services.web.route.readTimeoutSeconds (60) while keepPrevious is "removed", got 10; requests would be cut: raise it or keep the previous set warm'],
  ["rollout.drainSeconds", "10s", 'rollout.drainSeconds: must be an integer from 1 to 3600, got "10s"'],
  ["rollout.drainSeconds", 0, "rollout.drainSeconds: must be an integer from 1 to 3600, got 0"],
  ["rollout.bakeSeconds", -1, "rollout.bakeSeconds: must be an integer from 0 to 3600, got -1"],
  ["rollout.drain", 5, "rollout.drain: unknown key; the keys here are keepPrevious, drainSeconds, bakeSeconds"],
  ["release", undefined, "release: is required; run `npm run images`, which writes the digests"],
  ["release", null, "release: is required; run `npm run images`, which writes the digests"],
  ["release", {}, "release: must not be empty, got an empty object; run `npm run images`, which writes the digests"],
  ["release", "latest", 'release: must map services to digests, got "latest"; run `npm run images`, which writes the digests'],
  ["release.web", undefined, "release.web: is required; run `npm run images`, or leave the service out with services.web.enabled: false in Pulumi.test.yaml"],
  ["release.wbe", digest("c"), "release.wbe: is not a service of services.yaml; did you mean `web`?"],
  ["release.database", digest("c"), "release.database: is not a service of services.yaml; declare it or remove it"],
  ["release.web", "", 'release.web: must be a digest, got ""; run `npm run images`, which writes the digests'],
  ["release.web", null, "release.web: must be a digest, got null; run `npm run images`, which writes the digests"],
  ["release.web", "latest", 'release.web: must be a digest, since a tag can move, got "latest"; run `npm run images`, which writes the digests'],
  ["release.web", "web:1.4", 'release.web: must be a digest, since a tag can move, got "web:1.4"; run `npm run images`, which writes the digests'],
  ["release.web", `registry.example.com/web@${digest("a")}`, 'release.web: must be the digest alone, got "registry.example.com/web@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…"; remove what stands before sha256'],
  ["release.web", HEX, 'release.web: must be a digest with its algorithm, got "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"; write sha256: before it'],
  ["release.web", digest("a").slice(0, -1), 'release.web: must have 64 hex digits, has 63, got "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"; copy the whole digest'],
  ["release.web", digest("A"), 'release.web: must be in lower case, got "sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"; copy the digest as the registry prints it'],
  ["release.web", `sha512:${HEX}${HEX}`, 'release.web: must be a sha256 digest, not sha512, got "sha512:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…"; run `npm run images`, which writes the digests'],
  ["services", "web", 'services (in Pulumi.test.yaml): must map services to the settings this stack changes, got "web"'],
  ["settingsFrom", "previous", 'settingsFrom: must be a release id of 12 hex digits, in quotes, got "previous"; `npm run status` lists them'],
  ["allowRejected", "", 'allowRejected: must be a release id of 12 hex digits, in quotes, got ""; `npm run status` lists them'],
  ["servicesFile", "services.json", 'servicesFile: must be the path of a .yaml file, got "services.json"'],
];

test("a project whose name cannot be a namespace needs one", () => {
  const raw = rawWith({ "config.registry.namespace": undefined });
  expect(issuesOf({ ...raw, project: "My Project" })).toContain(
    'registry.namespace: must be a lower-case path such as team/maestro, got "My Project"; without leading or trailing slash',
  );
});

describe("a key of the stack's configuration", () => {
  test.each(CASES)("%s: %j", (path, value, message) => {
    expect(issuesOf(rawWith({ [`config.${path}`]: value }))).toEqual([message]);
  });
});
