import { RULES } from "../../policy/rules";
import {
  allow,
  DIGEST,
  FIXTURES,
  GITHUB,
  GITHUB_TRUST,
  policy,
  trustOf,
  type Fixture,
  type Props,
} from "./policyFixtures";

function bind(source: string, readOnly = true): Props {
  return { mounts: [{ type: "bind", source, readOnly }] };
}

function broken({ type, good, protect = false }: Fixture, changes: Props): string[] {
  const resource = { type, props: { ...good, ...changes }, protect };
  return RULES.flatMap(({ name, check }) => check(resource).map((it) => `${name}: ${it}`));
}

/** What breaks a rule: the rule, the resource, what is changed in it, and words of what it says. */
const BREACHES: [rule: string, fixture: keyof typeof FIXTURES, changes: Props, says: string][] = [
  ["image-by-digest", "container", { image: "nginx:1.27" }, 'got "nginx:1.27"'],
  ["image-by-digest", "container", { image: `nginx@${DIGEST}0` }, "must be pinned"],
  ["image-by-digest", "image", { name: "nginx" }, 'name: must be pinned by digest, got "nginx"'],
  ["no-privilege", "container", { privileged: true }, "privileged: must not be set"],
  ["no-privilege", "container", { capabilities: undefined }, "capabilities.drops"],
  [
    "no-privilege",
    "container",
    { capabilities: { drops: ["ALL"], adds: ["SYS_ADMIN"] } },
    "got SYS_ADMIN",
  ],
  ["no-privilege", "container", { securityOpts: [] }, "no-new-privileges"],
  [
    "no-privilege",
    "container",
    { securityOpts: ["no-new-privileges:true", "seccomp=unconfined"] },
    "seccomp",
  ],
  ["no-privilege", "container", { user: undefined }, "user: must be a uid"],
  ["no-privilege", "container", { user: "0:10001" }, "user: must be a uid"],
  ["no-privilege", "container", { user: "root" }, "user: must be a uid"],
  ["no-host-namespace", "container", { networkMode: "host" }, "networkMode"],
  ["no-host-namespace", "container", { pidMode: "host" }, "pidMode"],
  ["no-host-namespace", "container", { ipcMode: "host" }, "ipcMode"],
  ["no-host-access", "container", bind("/var/run/docker.sock"), "root on the host"],
  ["no-host-access", "container", bind("/run/containerd/containerd.sock"), "root on the host"],
  [
    "no-host-access",
    "container",
    { volumes: [{ hostPath: "/var/run/docker.sock", readOnly: true }] },
    "root on the host",
  ],
  ["no-host-access", "container", bind("/"), "host's system"],
  ["no-host-access", "container", bind("/etc/ssl/"), "host's system"],
  ["no-host-access", "container", bind("/srv/../etc"), "host's system"],
  ["no-host-access", "container", bind("/srv/data", false), "is writable"],
  ["no-host-access", "container", { devices: [{ hostPath: "/dev/kvm" }] }, "devices"],
  ["read-only-root", "container", { readOnly: false }, "readOnly: must be true"],
  ["limits", "container", { memory: undefined, memorySwap: undefined }, "memory: must be limited"],
  ["limits", "container", { memorySwap: 512 }, "memorySwap: must equal memory"],
  ["limits", "container", { logOpts: {} }, "max-size"],
  ["limits", "container", { destroyGraceSeconds: undefined }, "kills at once"],
  ["published-ports", "container", { ports: [{ internal: 5432, external: 5432 }] }, "ports: 5432"],
  [
    "published-ports",
    "container",
    { ports: [{ internal: 80, external: 8080, ip: "0.0.0.0" }] },
    "every address",
  ],
  ["published-ports", "container", { ports: [{ internal: 80, ip: "::" }] }, "set ip"],
  ["published-ports", "container", { publishAllPorts: true }, "publishAllPorts"],
  ["restarts", "container", { restart: undefined }, 'must be "always", got "no"'],
  ["restarts", "container", { restart: "unless-stopped" }, 'got "unless-stopped"'],
  ["secret-recovery", "secret", { recoveryWindowInDays: 0 }, "got 0, which deletes at once"],
  ["log-retention", "logGroup", { retentionInDays: undefined }, "kept for ever"],
  ["log-retention", "logGroup", { retentionInDays: 0 }, "kept for ever"],
  ["repository", "repository", { imageTagMutability: "MUTABLE" }, "imageTagMutability"],
  ["repository", "repository", { imageScanningConfiguration: {} }, "scanOnPush"],
  ["repository", "repository", { encryptionConfigurations: [] }, "encryptionConfigurations"],
  ["least-privilege", "iam", { policy: policy(["ecr:*"], "arn:x") }, "allows ecr:*; name each"],
  ["least-privilege", "iam", { policy: policy(["s3:GetObject"], "*") }, "s3:GetObject on *"],
  [
    "least-privilege",
    "iam",
    { policy: allow({ NotAction: "iam:*", Resource: "arn:x" }) },
    "all except",
  ],
  ["least-privilege", "iam", { policy: "{" }, "must be a policy in JSON"],
  [
    "least-privilege",
    "attachment",
    { policyArn: "arn:aws:iam::aws:policy/AdministratorAccess" },
    "allows nearly everything",
  ],
  ["role-trust", "role", { assumeRolePolicy: allow({ Principal: "*" }) }, "allows everybody"],
  ["role-trust", "role", { assumeRolePolicy: allow({ Principal: { AWS: ["*"] } }) }, "everybody"],
  ["role-trust", "role", trustOf("repo:acme/*"), "GitHub's tokens of any sub"],
  [
    "role-trust",
    "role",
    {
      assumeRolePolicy: allow({
        ...GITHUB_TRUST,
        Condition: { StringEquals: { [`${GITHUB}:sub`]: "repo:acme/shop:ref:refs/heads/main" } },
      }),
    },
    "GitHub's tokens of any aud",
  ],
  [
    "no-public-access",
    "repositoryPolicy",
    { policy: allow({ Principal: "*", Action: "ecr:BatchGetImage" }) },
    "policy: allows everybody",
  ],
  [
    "no-public-access",
    "bucketPolicy",
    { policy: allow({ NotPrincipal: { AWS: "arn:x" }, Action: "s3:GetObject" }) },
    "policy: allows everybody",
  ],
  ["no-public-access", "bucket", { acl: "public-read" }, "acl: must be private"],
  ["no-public-access", "accessBlock", { blockPublicPolicy: undefined }, "blockPublicPolicy"],
  [
    "open-network",
    "securityGroup",
    { ingress: [{ protocol: "tcp", fromPort: 22, toPort: 22, cidrBlocks: ["0.0.0.0/0"] }] },
    "everybody reaches ports 22 to 22",
  ],
  [
    "open-network",
    "securityGroup",
    { ingress: [{ protocol: "tcp", fromPort: 80, toPort: 443, ipv6CidrBlocks: ["::/0"] }] },
    "ports 80 to 443",
  ],
  ["open-network", "ingressRule", { ipProtocol: "-1" }, "everybody reaches all ports"],
  ["open-network", "egressRule", { type: "ingress" }, "all ports"],
];

test.each(Object.entries(FIXTURES))("a good %s keeps every rule", (_name, fixture) => {
  expect(broken(fixture, {})).toEqual([]);
});

test.each(BREACHES)("%s is broken by a %s with %j", (rule, fixture, changes, says) => {
  const problems = broken(FIXTURES[fixture], changes);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(new RegExp(`^${rule}: `));
  expect(problems[0]).toContain(says);
});

test("a job that ends need not come back", () => {
  const job = { ...FIXTURES.container, good: { ...FIXTURES.container.good, mustRun: false } };
  expect(broken(job, { restart: "no" })).toEqual([]);
});

test("no-access-keys is broken by each key of a user", () => {
  expect(broken({ type: "aws:iam/accessKey:AccessKey", good: { user: "ci" } }, {})).toEqual([
    "no-access-keys: is a key that lasts until somebody deletes it; use a role",
  ]);
});

test.each(["repository", "secret", "volume", "bucket"] as const)(
  "protected-data is broken by a %s that is not protected",
  (name) => {
    expect(broken({ ...FIXTURES[name], protect: false }, {})).toEqual([
      "protected-data: must be protected; set the option protect",
    ]);
  },
);

test("every rule has a resource that breaks it", () => {
  const shown = new Set([
    ...BREACHES.map(([rule]) => rule),
    ...["protected-data", "no-access-keys"],
  ]);
  expect([...shown].sort()).toEqual(RULES.map(({ name }) => name).sort());
});
