import { digest, issuesOf, rawWith } from "../../support/fixtures";

const HOURS = [{ days: ["mon"], from: "14:00", to: "16:00" }];
const KEYLESS = {
  identity: "https://example.com/shop/main.yml",
  issuer: "https://token.example.com",
};
const QUERY = { name: "queue", prometheus: "http://127.0.0.1:9090", query: "queue", maximum: 7 };
const HEX = digest("a").slice("sha256:".length);

const PINNED = `prometheus@${digest("f")}`;

/** `maestro:observability` with keys replaced. */
function watched(changes: object): object {
  const server = { image: PINNED };
  return { profile: "minimal", prometheus: server, alertmanager: server, ...changes };
}

/** `maestro:edge` with a certificate that is issued, with keys replaced. */
function issued(acme: object, tls: object = {}): object {
  const given = { names: ["shop.example.com"], agreeTerms: true, ...acme };
  return {
    ...{ image: `nginx@${digest("e")}`, publicHost: "shop.example.com" },
    tls: { acme: given, ...tls },
  };
}

/** Bad value of one key of Pulumi.<stack>.yaml -> the one message. */
// prettier-ignore
const CASES: [path: string, value: unknown, message: string][] = [
  ["relese", {}, "relese: unknown key; did you mean `release`?"],
  ["secrets.kind", "vault", 'secrets.kind: must be one of local, aws'],
  ["secrets.directory", "/run", "secrets.directory: must be an absolute path at least two levels deep on the Docker host; for example /run/maestro, which is in memory"],
  ["secrets", { kind: "aws", region: "Ireland" }, 'secrets.region: must be an AWS region; for example eu-west-1'],
  ["secrets.region", "eu-west-1", 'secrets.region: is only for kind aws; remove it, or set maestro:secrets.kind'],
  ["secrets.values", { A: "x" }, "secrets.values: unknown key; the keys here are kind, region, directory"],
  ["color", "blue", "color: unknown key; the keys here are kind, registry, packages, postgres, migrations, backups, edge, rollout, host, hostKey, identityFile, network, directory, secrets, identity, release, promoteFrom, minimumSoak, pinReason, services, settingsFrom, allowRejected, gates, notices, observability, override, policy, prune, doctor, servicesFile"],
  ["registry", undefined, "registry: is required; its keys are kind, address, endpoint, namespace, manage, kmsKey, pullAccounts"],
  ["registry", "localhost:5000", 'registry: must be an object, got "localhost:5000"; its keys are kind, address, endpoint, namespace, manage, kmsKey, pullAccounts'],
  ["identity", { github: { repository: "acme/shop" } }, "identity: is only for a stack with its images in ECR; set registry.kind, or remove it"],
  ["promoteFrom", "demo", "release: stands in the way of what is promoted from demo; say why in pinReason, or remove release to take the promoted one"],
  ["promoteFrom", "a b", 'promoteFrom: must be the name of a stack such as demo, got "a b"; or <organization>/<project>/<stack>'],
  ["pinReason", "because of it", "pinReason: is only for a stack with promoteFrom; remove it"],
  ["gates", { promotion: { verdict: "pass" } }, "gates.promotion: is only for a stack with promoteFrom; set it, or remove this"],
  ["minimumSoak", "24", 'minimumSoak: must be a duration with its unit, got "24"; such as 45m, 24h or 7d'],
  ["registry.endpoint", "localhost:5000", 'registry.endpoint: is only for kind ecr, got "localhost:5000"; remove it'],
  ["registry", { kind: "ecr", address: "localhost:5000" }, 'registry.address: must be <account>.dkr.ecr.<region>.amazonaws.com, got "localhost:5000"; to push elsewhere set endpoint'],
  ["registry.kind", "docker", 'registry.kind: must be one of local, ecr, got "docker"'],
  ["registry", { kind: "ecr" }, "registry.address: is required; for ecr it is <account>.dkr.ecr.<region>.amazonaws.com"],
  ["registry.address", "https://registry.example.com", 'registry.address: must be host[:port], got "https://registry.example.com"; without scheme and path, and with the port if the host has no dot'],
  ["registry.address", "registry", 'registry.address: must be host[:port], got "registry"; without scheme and path, and with the port if the host has no dot'],
  ["registry.namespace", "/team/", 'registry.namespace: must be a lower-case path such as team/maestro, got "/team/"; without leading or trailing slash'],
  ["registry.password", "hunter2", "registry.password: unknown key; the keys here are kind, address, endpoint, namespace, manage, kmsKey, pullAccounts"],
  ["observability", watched({ profile: undefined }), "observability.profile: is required"],
  ["observability", watched({ profile: "all" }), 'observability.profile: must be one of minimal, full, got "all"'],
  ["observability", watched({ profile: "full" }), "observability.victoriaLogs: is required with the profile full; name its image, or loki's in its place"],
  ["observability", watched({ profile: "full", loki: { image: PINNED }, victoriaLogs: { image: PINNED } }), "observability.loki: keeps the same lines as victoriaLogs, got both; remove one of them"],
  ["observability", watched({ profile: "full", loki: { image: "loki:latest" } }), 'observability.loki.image: must be pinned by digest, got "loki:latest"; use <repository>@sha256:<64 hex>'],
  ["observability", watched({ profile: "full", loki: { image: PINNED, listen: "0.0.0.0:3100" } }), 'observability.loki.listen: must be on loopback, since nothing there asks for a login, got "0.0.0.0:3100"; such as 127.0.0.1:3100'],
  ["observability", watched({ profile: "full", loki: { image: PINNED, listen: "127.0.0.1:9093" } }), 'observability.loki.listen: uses the port of observability.alertmanager.listen, got "127.0.0.1:9093"; choose another port'],
  ["observability", watched({ profile: "full", loki: { image: PINNED, retentionGigabytes: 5 } }), "observability.loki.retentionGigabytes: unknown key; did you mean `retentionDays`?"],
  ["observability", watched({ loki: { image: PINNED } }), "observability.loki: is only for the profile full; set profile: full, or remove it"],
  ["observability", watched({ profile: "full", victoriaLogs: { image: "x" } }), 'observability.victoriaLogs.image: must be pinned by digest, got "x"; use <repository>@sha256:<64 hex>'],
  ["observability", watched({ victoriaLogs: { image: PINNED } }), "observability.victoriaLogs: is only for the profile full; set profile: full, or remove it"],
  ["observability", watched({ jaeger: { image: PINNED } }), "observability.jaeger: is only for the profile full; set profile: full, or remove it"],
  ["observability", watched({ profile: "full", victoriaLogs: { image: PINNED }, jaeger: { image: PINNED } }), "observability.jaeger: needs traces to keep; set edge.tracing, or remove it"],
  ["observability", watched({ profile: "full", victoriaLogs: { image: PINNED, listen: "127.0.0.1:9090" } }), 'observability.victoriaLogs.listen: uses the port of observability.prometheus.listen, got "127.0.0.1:9090"; choose another port'],
  ["observability", watched({ profile: "full", victoriaLogs: { image: PINNED, listen: "10.0.0.1:9428" } }), 'observability.victoriaLogs.listen: must be on loopback, since nothing there asks for a login, got "10.0.0.1:9428"; such as 127.0.0.1:9428'],
  ["observability", watched({ grafana: {} }), "observability.grafana: unknown key; the keys here are profile, prometheus, alertmanager, victoriaLogs, loki, jaeger, exporter, scrape, backupHours, secretsEnd"],
  ["observability", watched({ prometheus: { image: "prom/prometheus:latest" } }), 'observability.prometheus.image: must be pinned by digest, got "prom/prometheus:latest"; use <repository>@sha256:<64 hex>'],
  ["observability", watched({ prometheus: { image: PINNED, listen: "0.0.0.0:9090" } }), 'observability.prometheus.listen: must be on loopback, since nothing there asks for a login, got "0.0.0.0:9090"; such as 127.0.0.1:9090'],
  ["observability", watched({ prometheus: { image: PINNED, listen: "127.0.0.1:8080" } }), 'observability.prometheus.listen: uses the port of edge.listen, got "127.0.0.1:8080"; choose another port'],
  ["observability", watched({ alertmanager: { image: PINNED, listen: "127.0.0.1:9090" } }), 'observability.alertmanager.listen: uses the port of observability.prometheus.listen, got "127.0.0.1:9090"; choose another port'],
  ["observability", watched({ prometheus: { image: PINNED, retentionDays: 0 } }), "observability.prometheus.retentionDays: must be an integer from 1 to 3650, got 0"],
  ["observability", watched({ scrape: { wep: {} } }), "observability.scrape.wep: is not a service of services.yaml; did you mean `web`?"],
  ["observability", watched({ scrape: { web: { path: "metrics" } } }), 'observability.scrape.web.path: must be a path such as /metrics, got "metrics"'],
  ["observability", watched({ backupHours: 0 }), "observability.backupHours: must be an integer from 1 to 8760, got 0"],
  ["observability", watched({ secretsEnd: { wep: {} } }), "observability.secretsEnd.wep: is not a service of services.yaml; did you mean `web`?"],
  ["observability", watched({ secretsEnd: { web: { API_KEY: "2027-01-31" } } }), "observability.secretsEnd.web.API_KEY: is no secret of web; declare it or remove it"],
  ["rollout.watch", { prometheus: "127.0.0.1:9090" }, 'rollout.watch.prometheus: must be an address without a login, got "127.0.0.1:9090"; such as http://127.0.0.1:9090'],
  ["edge", undefined, "edge.image: is required; use <repository>@sha256:<64 hex>, which `maestro setup` writes"],
  ["edge", "nginx", 'edge: must be an object, got "nginx"; its keys are image, listen, preview, tls, publicHost, trustedProxies, gzip, securityHeaders, maxHeaderLineKilobytes, maxHeaderKilobytes, memoryMegabytes, maxConcurrentRequestsPerClient, tracing'],
  ["edge.image", "nginx:1.27", 'edge.image: must be pinned by digest, got "nginx:1.27"; use <repository>@sha256:<64 hex>, which `maestro setup` writes'],
  ["edge.image", `nginx@sha256:${HEX.slice(1)}`, 'edge.image: must be pinned by digest, got "nginx@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"; use <repository>@sha256:<64 hex>, which `maestro setup` writes'],
  ["edge.listen", 8080, "edge.listen: must be <IPv4 address>:<port>, got 8080; for example 127.0.0.1:8080, or 0.0.0.0:80 for all"],
  ["edge.listen", "localhost:8080", 'edge.listen: must be <IPv4 address>:<port>, got "localhost:8080"; for example 127.0.0.1:8080, or 0.0.0.0:80 for all'],
  ["edge.listen", "127.0.0.1:70000", 'edge.listen: must be <IPv4 address>:<port>, got "127.0.0.1:70000"; for example 127.0.0.1:8080, or 0.0.0.0:80 for all'],
  ["edge.listen", "127.0.0.1:8081", 'edge.preview: uses the port of edge.listen, got "127.0.0.1:8081"; choose another port'],
  ["edge.preview", "0.0.0.0:8080", 'edge.preview: uses the port of edge.listen, got "0.0.0.0:8080"; choose another port'],
  ["edge.tls", { certificateFile: "/tls/certificate.pem" }, "edge.tls.keyFile: is required; give both files, PEM"],
  ["edge.tls", { certificateFile: "cert.pem", keyFile: "/tls/key.pem" }, 'edge.tls.certificateFile: must be an absolute path on the Docker host, got "cert.pem"; give both files, PEM'],
  ["edge", issued({ names: undefined }), "edge.tls.acme.names: is required"],
  ["edge", issued({ names: [] }), "edge.tls.acme.names: must have at least one name, got an empty list"],
  ["edge", issued({ names: ["shop.example.com", "Shop"] }), 'edge.tls.acme.names[1]: must be a DNS name in lower case, got "Shop"; such as shop.example.com or *.example.com'],
  ["edge", issued({ agreeTerms: false }), "edge.tls.acme.agreeTerms: must be true, got false; it says that you agree to the authority's terms of service"],
  ["edge", issued({ authority: "http://acme.example.com/" }), 'edge.tls.acme.authority: must be letsencrypt, letsencrypt-staging, or the https URL of a directory, got "http://acme.example.com/"'],
  ["edge", issued({ challenge: "dns-01" }), "edge.tls.acme.hook: is required for dns-01; name the program that puts a record into DNS"],
  ["edge", issued({ hook: "./dns" }), "edge.tls.acme.hook: is only for dns-01; set acme.challenge, or remove it"],
  ["edge", issued({ names: ["shop.example.com", "*.example.com"] }), 'edge.tls.acme.challenge: must be dns-01 for a wildcard, got "*.example.com"; set it, or list the names'],
  ["edge", issued({ names: ["other.example.com"] }), 'edge.publicHost: is none of edge.tls.acme.names, got "shop.example.com"; users at the stack\'s url would get another name\'s certificate'],
  ["edge", issued({}, { keyFile: "/k.pem" }), "edge.tls.keyFile: is given with acme, which issues both files; remove one of the two"],
  ["edge.tls", { certificateFile: "/c.pem", keyFile: "/k.pem", listen: "127.0.0.1:8080" }, 'edge.tls.listen: uses the port of edge.listen, got "127.0.0.1:8080"; choose another port'],
  ["edge.publicHost", "https://example.com", 'edge.publicHost: must be a DNS name in lower case, got "https://example.com"; without scheme and port'],
  ["edge.trustedProxies", "10.0.0.0/8", 'edge.trustedProxies: must be a list of address ranges such as 10.0.0.0/16, got "10.0.0.0/8"'],
  ["edge.trustedProxies", ["balancer"], 'edge.trustedProxies[0]: must be an address range, got "balancer"; for example 10.0.0.0/16 or fd00:1::/64'],
  ["edge.trustedProxies", ["10.0.0.0/33"], 'edge.trustedProxies[0]: must be an address range, got "10.0.0.0/33"; for example 10.0.0.0/16 or fd00:1::/64'],
  ["edge.trustedProxies", ["10.0.0.1"], 'edge.trustedProxies[0]: must say how many bits count, got "10.0.0.1"; for one address 10.0.0.1/32'],
  ["edge.trustedProxies", ["10.0.0.1/16"], 'edge.trustedProxies[0]: has bits behind its first 16, got "10.0.0.1/16"; end the address with zeros there'],
  ["edge.trustedProxies", ["fd00::1:0/64"], 'edge.trustedProxies[0]: has bits behind its first 64, got "fd00::1:0/64"; end the address with zeros there'],
  ["edge.trustedProxies", ["0.0.0.0/0"], 'edge.trustedProxies[0]: has more addresses than balancers have, so that clients\' own word would count, got "0.0.0.0/0"; name ranges of /8 or smaller'],
  ["edge.trustedProxies", ["::/0"], 'edge.trustedProxies[0]: has more addresses than balancers have, so that clients\' own word would count, got "::/0"; name ranges of /7 or smaller'],
  ["edge.trustedProxies", ["10.0.0.0/8", "10.0.0.0/8"], 'edge.trustedProxies[1]: is listed twice, first as number 1, got "10.0.0.0/8"; keep one'],
  ["edge.maxHeaderLineKilobytes", 1, "edge.maxHeaderLineKilobytes: must be an integer from 4 to 64, got 1"],
  ["edge.maxHeaderKilobytes", "64k", 'edge.maxHeaderKilobytes: must be an integer from 8 to 512, got "64k"'],
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
  ["rollout", "warm", 'rollout: must be an object, got "warm"; its keys are keepPrevious, drainSeconds, bakeSeconds, stabilizeSeconds, checks, queries, strategy, canary, watch, shadow'],
  ["rollout.keepPrevious", "hot", 'rollout.keepPrevious: must be one of warm, stopped, removed, got "hot"'],
  ["rollout.keepPrevious", true, "rollout.keepPrevious: must be one of warm, stopped, removed, got true"],
  ["rollout.keepPrevious", "removed", 'rollout.drainSeconds: is shorter than services.web.route.readTimeoutSeconds (60) while keepPrevious is "removed", got 10; requests would be cut: raise it or keep the previous set warm'],
  ["rollout.strategy", "rolling", 'rollout.drainSeconds: is shorter than services.web.route.readTimeoutSeconds (60) while keepPrevious is "stopped", got 10; requests would be cut: raise it'],
  ["rollout", { strategy: "rolling", drainSeconds: 60, keepPrevious: "warm" }, 'rollout.keepPrevious: must be stopped or removed with strategy: rolling, which has no memory for a second set, got "warm"'],
  ["rollout", { strategy: "rolling", drainSeconds: 60, watch: { holdBackPercent: 10 } }, "rollout.watch.holdBackPercent: must be 0 with strategy: rolling, which stops each service's old containers before the next one moves, got 10"],
  ["rollout", { strategy: "rolling", drainSeconds: 60, shadow: {} }, "rollout.shadow: must be left out with strategy: rolling, which never has a whole new set to repeat requests to, got an empty object"],
  ["rollout", { strategy: "rolling", drainSeconds: 60, canary: {} }, "rollout.canary: is without effect, got an empty object; set strategy: canary, or remove it"],
  ["rollout.drainSeconds", "10s", 'rollout.drainSeconds: must be an integer from 1 to 3600, got "10s"'],
  ["rollout.drainSeconds", 0, "rollout.drainSeconds: must be an integer from 1 to 3600, got 0"],
  ["rollout.bakeSeconds", -1, "rollout.bakeSeconds: must be an integer from 0 to 3600, got -1"],
  ["rollout.drain", 5, "rollout.drain: unknown key; the keys here are keepPrevious, drainSeconds, bakeSeconds, stabilizeSeconds, checks, queries, strategy, canary, watch, shadow"],
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
  ["rollout.queries", [{ ...QUERY, prometheus: "127.0.0.1:9090" }], 'rollout.queries[0].prometheus: must be an address without a login, got "127.0.0.1:9090"; such as http://127.0.0.1:9090'],
  ["rollout.queries", [{ ...QUERY, maximum: undefined }], "rollout.queries[0]: holds whatever comes, got an object; give minimum, maximum or both"],
  ["rollout.queries", [{ ...QUERY, minimum: 8 }], "rollout.queries[0]: has a minimum above its maximum, got an object; change one"],
  ["gates.window", { open: [] }, "gates.window.timeZone: is required; such as Europe/Berlin"],
  ["gates.window", { timeZone: "Europe/Bonn", open: HOURS }, 'gates.window.timeZone: must be a time zone of the IANA database, got "Europe/Bonn"; such as Europe/Berlin or UTC'],
  ["gates.window", { timeZone: "UTC" }, "gates.window: has neither hours nor freezes, got an object; give one, or remove it"],
  ["gates.window", { timeZone: "UTC", open: [{ ...HOURS[0], days: ["monday"] }] }, 'gates.window.open[0].days[0]: must be one of mon, tue, wed, thu, fri, sat, sun, got "monday"'],
  ["gates.window", { timeZone: "UTC", open: [{ ...HOURS[0], from: 840 }] }, 'gates.window.open[0].from: must be a time in quotes, got 840; such as "14:00"'],
  ["gates.window", { timeZone: "UTC", open: [{ ...HOURS[0], to: "24:01" }] }, 'gates.window.open[0].to: must be a time in quotes, up to "24:00", got "24:01"; such as "16:00"'],
  ["gates.window", { timeZone: "UTC", open: [{ ...HOURS[0], to: "14:00" }] }, 'gates.window.open[0].to: is from itself, so the hours are empty, got "14:00"; a whole day is "00:00" to "24:00"'],
  ["gates.window", { timeZone: "UTC", freezes: [{ from: "2026-02-30", to: "2026-03-01", reason: "none" }] }, 'gates.window.freezes[0].from: must be a time in quotes, got "2026-02-30"; such as "2026-12-20T18:00", or a day'],
  ["gates.window", { timeZone: "UTC", freezes: [{ from: "2026-03-01", to: "2026-03-01T00:00", reason: "none" }] }, 'gates.window.freezes[0].to: must be after from, which is 2026-03-01T00:00, got "2026-03-01T00:00"; swap them'],
  ["gates", { modules: [{ module: "../ticket.js" }] }, 'gates.modules[0].module: must be the path of a .js file in the project, got "../ticket.js"; such as gates/ticket.js'],
  ["gates.scans", { source: "ecr" }, 'gates.scans.source: is only for a stack with its images in ECR, got "ecr"; use reports'],
  ["gates.signatures", {}, "gates.signatures: names nobody who signs, got an empty object; give key, or identity and issuer"],
  ["gates.signatures", { key: "../cosign.pub" }, 'gates.signatures.key: must be a file of the project with a public key, or a key of a key service, got "../cosign.pub"; such as cosign.pub or awskms:///alias/images'],
  ["gates.signatures", { key: "cosign.pub", ...KEYLESS }, 'gates.signatures.key: is for signatures without identity and issuer, got "cosign.pub"; keep one'],
  ["gates.signatures", { identity: KEYLESS.identity }, `gates.signatures.identity: counts for nothing without who vouches for it, got "${KEYLESS.identity}"; name the issuer`],
  ["gates.signatures", { issuer: KEYLESS.issuer }, `gates.signatures.issuer: vouches for anybody without an identity, got "${KEYLESS.issuer}"; name it`],
  ["gates.signatures", { key: "cosign.pub", githubRepository: "acme/shop" }, 'gates.signatures.githubRepository: is in no signature by a key, got "acme/shop"; remove it'],
  ["gates.signatures", { ...KEYLESS, transparencyLog: false }, "gates.signatures.transparencyLog: says that a certificate was used while it was valid, so an identity cannot do without, got false; remove this"],
  ["gates.signatures", { key: "cosign.pub", provenance: { builder: "ci", source: "https://example.com/shop" } }, 'gates.signatures.provenance.builder: must be the address of who builds, got "ci"; such as https://github.com/acme/shop/.github/workflows/main.yml'],
  ["gates.signatures", { key: "cosign.pub", provenance: { builder: "https://example.com/ci" } }, "gates.signatures.provenance.source: is required; such as https://github.com/acme/shop"],
  ["override", { release: "abcdef012345", reason: "now" }, 'override.reason: must say in 8 to 300 characters why this release cannot wait, got "now"; it goes on record'],
  ["policy", "mandatory", 'policy: must be an object, got "mandatory"; its keys are level, exceptions'],
  ["policy.level", "off", 'policy.level: must be one of advisory, mandatory, got "off"'],
  ["policy.exceptions", "../exceptions.yaml", 'policy.exceptions: must be the path of a .yaml or .json file in the project, got "../exceptions.yaml"; such as policyExceptions.yaml'],
  ["servicesFile", "services.json", 'servicesFile: must be the path of a .yaml file, got "services.json"'],
];

test("a project whose name cannot be a namespace needs one", () => {
  const raw = rawWith({ "config.registry.namespace": undefined });
  expect(issuesOf({ ...raw, project: "My Project" })).toContain(
    'registry.namespace: must be a lower-case path such as team/maestro, got "My Project"; without leading or trailing slash',
  );
});

it("says of a secret's end both that it is no time and that nobody has the secret", () => {
  const value = watched({ secretsEnd: { web: { LICENCE: "soon" } } });
  expect(issuesOf(rawWith({ "config.observability": value }))).toEqual([
    'observability.secretsEnd.web.LICENCE: must be a time in quotes; such as "2026-12-20T18:00", or a day',
    "observability.secretsEnd.web.LICENCE: is no secret of web; declare it or remove it",
  ]);
});

describe("a key of the stack's configuration", () => {
  test.each(CASES)("%s: %j", (path, value, message) => {
    expect(issuesOf(rawWith({ [`config.${path}`]: value }))).toEqual([message]);
  });
});
