import { RULES } from "../../policy/rules";

type Props = Readonly<Record<string, unknown>>;

interface Fixture {
  readonly type: string;
  /** Keeps every rule. */
  readonly good: Props;
  readonly protect?: boolean;
}

const DIGEST = `sha256:${"a".repeat(64)}`;

const FIXTURES = {
  container: {
    type: "docker:index/container:Container",
    good: {
      image: `localhost:5000/maestro/web@${DIGEST}`,
      user: "10001:10001",
      readOnly: true,
      capabilities: { drops: ["ALL"] },
      securityOpts: ["no-new-privileges:true"],
      memory: 256,
      memorySwap: 256,
      logOpts: { "max-size": "10m" },
      destroyGraceSeconds: 10,
      mounts: [
        { type: "bind", source: "/run/maestro/x/blue/web", readOnly: true },
        { type: "bind", source: "/dev/shm/maestro/x/blue/web", readOnly: true },
        { type: "volume", source: "data" },
      ],
    },
  },
  image: { type: "docker:index/remoteImage:RemoteImage", good: { name: `nginx@${DIGEST}` } },
  repository: {
    type: "aws:ecr/repository:Repository",
    good: {
      imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
      imageScanningConfiguration: { scanOnPush: true },
      encryptionConfigurations: [{ encryptionType: "AES256" }],
    },
    protect: true,
  },
  secret: { type: "aws:secretsmanager/secret:Secret", good: {}, protect: true },
  volume: { type: "docker:index/volume:Volume", good: {}, protect: true },
  iam: {
    type: "aws:iam/rolePolicy:RolePolicy",
    good: {
      policy: policy(["ecr:GetAuthorizationToken"], "*"),
    },
  },
} as const satisfies Record<string, Fixture>;

function policy(Action: string[], Resource: string): string {
  return JSON.stringify({ Statement: [{ Effect: "Allow", Action, Resource }] });
}

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
  ["repository", "repository", { imageTagMutability: "MUTABLE" }, "imageTagMutability"],
  ["repository", "repository", { imageScanningConfiguration: {} }, "scanOnPush"],
  ["repository", "repository", { encryptionConfigurations: [] }, "encryptionConfigurations"],
  ["least-privilege", "iam", { policy: policy(["ecr:*"], "arn:x") }, "allows ecr:*; name each"],
  ["least-privilege", "iam", { policy: policy(["s3:GetObject"], "*") }, "s3:GetObject on *"],
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

test.each(["repository", "secret", "volume"] as const)(
  "protected-data is broken by a %s that is not protected",
  (name) => {
    expect(broken({ ...FIXTURES[name], protect: false }, {})).toEqual([
      "protected-data: must be protected; set the option protect",
    ]);
  },
);

test("every rule has a resource that breaks it", () => {
  const shown = new Set([...BREACHES.map(([rule]) => rule), "protected-data"]);
  expect([...shown].sort()).toEqual(RULES.map(({ name }) => name).sort());
});
