import { list, record, texts, WEB_PORTS, type CheckedResource, type Rule } from "./rule";

const CONTAINER = "docker:index/container:Container";
const IMAGE_TYPES: Readonly<Record<string, string>> = {
  [CONTAINER]: "image",
  "docker:index/remoteImage:RemoteImage": "name",
};
const BY_DIGEST = /@sha256:[0-9a-f]{64}$/;
/** Whoever may write to an engine's socket is root on its host. */
const ENGINE_SOCKET = /(?:docker|containerd|podman|crio)\.sock$/;
/** Neither these nor what is in them. */
const SYSTEM_TREES = ["/boot", "/dev", "/etc", "/proc", "/root", "/sys", "/usr", "/var/lib/docker"];
/** These themselves; directories of one's own in them are fine. */
const SYSTEM_ROOTS = ["/", "/home", "/run", "/var", "/var/lib", "/var/run"];
/** In memory, where secrets' files lie. */
const SHARED_MEMORY = "/dev/shm/";

interface Mount {
  readonly source: string;
  readonly readOnly: boolean;
}

/** A rule for containers alone. */
function forContainers(
  name: Rule["name"],
  description: string,
  check: (props: CheckedResource["props"]) => (string | false)[],
): Rule {
  return {
    name,
    description,
    check: ({ type, props }) =>
      type === CONTAINER ? check(props).filter((problem) => problem !== false) : [],
  };
}

export const containerRules: readonly Rule[] = [
  {
    name: "image-by-digest",
    description: "Images are named by digest: a tag can mean another image tomorrow.",
    check: ({ type, props }) => {
      const property = IMAGE_TYPES[type];
      const image = property && props[property];
      // Not known before the update: it is checked then.
      if (typeof image !== "string" || BY_DIGEST.test(image)) return [];
      return [
        `${property}: must be pinned by digest, got "${image}"; use <repository>@sha256:<64 hex>`,
      ];
    },
  },
  forContainers(
    "no-privilege",
    "A container is not privileged, has no capabilities, cannot gain any, and is not root.",
    (props) => [
      props["privileged"] === true && "privileged: must not be set; remove it",
      !dropsAll(props) && 'capabilities.drops: must be ["ALL"]; set it',
      adds(props).length > 0 && `capabilities.adds: must be empty, got ${adds(props).join(", ")}`,
      !texts(props["securityOpts"]).some((it) => /^no-new-privileges(?::true)?$/.test(it)) &&
        "securityOpts: must have no-new-privileges:true; add it",
      texts(props["securityOpts"]).some((it) => it.endsWith("unconfined")) &&
        "securityOpts: must not turn seccomp or AppArmor off; remove it",
      isRoot(props["user"]) && "user: must be a uid that is not 0; set it",
    ],
  ),
  forContainers(
    "no-host-namespace",
    "A container has its own network, processes, memory and users.",
    (props) =>
      ["networkMode", "pidMode", "ipcMode", "usernsMode"].map(
        (mode) => props[mode] === "host" && `${mode}: must not be "host"; remove it`,
      ),
  ),
  forContainers(
    "no-host-access",
    "A container sees no engine's socket, no device, and of the host only what is mounted read-only for it.",
    (props) => [
      ...hostMounts(props).flatMap(({ source, readOnly }) => [
        ENGINE_SOCKET.test(source) &&
          `mounts: ${source} makes its user root on the host; remove it`,
        isSystem(source) &&
          `mounts: ${source} belongs to the host's system; mount another directory`,
        !readOnly && `mounts: ${source} is writable; mount it read-only, or use a volume`,
      ]),
      list(props["devices"]).length > 0 && "devices: must be empty; remove them",
    ],
  ),
  forContainers("read-only-root", "A container cannot change its own programs.", (props) => [
    props["readOnly"] !== true && "readOnly: must be true; set it, and use tmpfs",
  ]),
  forContainers(
    "limits",
    "A container has limits of memory and logs, and time to finish its requests.",
    (props) => [
      !isPositive(props["memory"]) && "memory: must be limited; set it, in MB",
      props["memory"] !== props["memorySwap"] &&
        "memorySwap: must equal memory, else the container swaps; set it",
      !record(props["logOpts"])["max-size"] && 'logOpts: must have "max-size"; set it',
      !isPositive(props["destroyGraceSeconds"]) &&
        "destroyGraceSeconds: must be set, else the provider kills at once; set it",
    ],
  ),
  forContainers(
    "published-ports",
    "A container's ports are published on addresses that are named; 80 and 443 may be on all.",
    (props) => [
      props["publishAllPorts"] === true && "publishAllPorts: must not be set; name the ports",
      ...list(props["ports"])
        .map(record)
        .filter(({ ip, external }) => isEveryAddress(ip) && !WEB_PORTS.includes(external as number))
        .map(
          ({ internal }) =>
            `ports: ${String(internal)} is published on every address, past the host's firewall; ` +
            `set ip, such as 127.0.0.1`,
        ),
    ],
  ),
  forContainers(
    "restarts",
    "A container that is to run comes back when the engine does.",
    ({ restart, mustRun, attach }) => [
      mustRun !== false &&
        attach !== true &&
        restart !== "always" &&
        `restart: must be "always", got ${JSON.stringify(restart ?? "no")}; set it, or mustRun to false for a job`,
    ],
  ),
];

function dropsAll(props: CheckedResource["props"]): boolean {
  return texts(record(props["capabilities"])["drops"]).some((it) => /^(?:CAP_)?ALL$/.test(it));
}

function adds(props: CheckedResource["props"]): string[] {
  return texts(record(props["capabilities"])["adds"]);
}

/** Left out: the image decides, and most are root. */
function isRoot(user: unknown): boolean {
  return typeof user !== "string" || /^(?:0+|root)?(?::|$)/.test(user);
}

function hostMounts(props: CheckedResource["props"]): Mount[] {
  const mounts = list(props["mounts"])
    .map(record)
    .filter(({ type }) => type === "bind")
    .map(({ source, readOnly }) => ({ source: String(source), readOnly: readOnly === true }));
  const volumes = list(props["volumes"])
    .map(record)
    .filter(({ hostPath }) => typeof hostPath === "string" && hostPath !== "")
    .map(({ hostPath, readOnly }) => ({ source: String(hostPath), readOnly: readOnly === true }));
  return [...mounts, ...volumes];
}

function isSystem(source: string): boolean {
  const path = source.replace(/\/+$/, "") || "/";
  if (path.startsWith(SHARED_MEMORY)) return false;
  return (
    path.split("/").includes("..") ||
    SYSTEM_ROOTS.includes(path) ||
    SYSTEM_TREES.some((tree) => path === tree || path.startsWith(`${tree}/`))
  );
}

/** Left out, a port is on all addresses too. */
function isEveryAddress(ip: unknown): boolean {
  return typeof ip !== "string" || ["", "0.0.0.0", "::"].includes(ip);
}

function isPositive(value: unknown): boolean {
  return typeof value === "number" && value > 0;
}
