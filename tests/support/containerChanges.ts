import type { Settings } from "./pulumiProject";

/** A change of one input of `docker.Container`, and what the official plugin does with it. */
export interface ContainerChange {
  readonly before: Settings;
  /** `null` leaves the input out. */
  readonly after: Settings;
  /** What the plugin plans. */
  readonly plan: "same" | "update" | "replace";
  /** Whether the container that was there before has it in the end. */
  readonly reaches: boolean;
  /** What `docker inspect` says of a container that has it. */
  readonly shows: object;
}

const MEGABYTE = 1024 * 1024;
const bind = (source: string, target: string, readOnly = true) => ({
  type: "bind",
  source,
  target,
  readOnly,
});
const bound = (...mounts: [source: string, target: string, readOnly?: boolean][]) => ({
  HostConfig: {
    Mounts: mounts.map(
      ([Source, Target, isReadOnly = true]) =>
        expect.objectContaining({
          Source,
          Target,
          ...(isReadOnly ? { ReadOnly: true } : {}),
        }) as object,
    ),
  },
});
const without = (key: string) =>
  expect.not.objectContaining({ [key]: expect.anything() as unknown }) as object;
const label = (name: string, value: string) => ({ label: name, value });
const env = (...lines: string[]) => ({
  Config: { Env: expect.arrayContaining(lines) as string[] },
});
const port = (internal: number, external: number) => ({ internal, external, ip: "127.0.0.1" });
const bindings = (ports: Readonly<Record<string, string>>) => ({
  HostConfig: {
    PortBindings: Object.fromEntries(
      Object.entries(ports).map(([key, HostPort]) => [key, [{ HostIp: "127.0.0.1", HostPort }]]),
    ),
  },
});

const change =
  (plan: ContainerChange["plan"], reaches: boolean) =>
  (before: Settings, after: Settings, shows: object): ContainerChange => ({
    before,
    after,
    plan,
    reaches,
    shows,
  });

const replaced = change("replace", true);
const applied = change("update", true);
/** The update ends well, the state has the new value, and the container never hears of it. */
const lost = change("update", false);
/** What the provider fills in when the program leaves it out stays as it was. */
const unseen = change("same", false);

const ETC = bind("/etc", "/a");
const USR = bind("/usr", "/b");

/** Each kind of change (added, removed, one element changed, left out) of each kind of input. */
export const CONTAINER_CHANGES: Readonly<Record<string, ContainerChange>> = {
  "a first mount": replaced({}, { mounts: [ETC] }, bound(["/etc", "/a"])),
  "a further mount": replaced(
    { mounts: [ETC] },
    { mounts: [ETC, USR] },
    { HostConfig: { Mounts: { length: 2 } } },
  ),
  "a mount less": replaced({ mounts: [ETC, USR] }, { mounts: [ETC] }, bound(["/etc", "/a"])),
  "no mount any more": replaced(
    { mounts: [ETC] },
    { mounts: null },
    { HostConfig: without("Mounts") },
  ),
  "a mount's source": lost(
    { mounts: [ETC] },
    { mounts: [{ ...ETC, source: "/usr" }] },
    bound(["/usr", "/a"]),
  ),
  "a mount's target": lost(
    { mounts: [ETC] },
    { mounts: [{ ...ETC, target: "/c" }] },
    bound(["/etc", "/c"]),
  ),
  "whether a mount is read-only": lost(
    { mounts: [bind("/etc", "/a", false)] },
    { mounts: [ETC] },
    bound(["/etc", "/a"]),
  ),
  "one mount of two": lost(
    { mounts: [ETC, USR] },
    { mounts: [{ ...ETC, source: "/var" }, USR] },
    {
      HostConfig: {
        Mounts: expect.arrayContaining([
          expect.objectContaining({ Source: "/var", Target: "/a" }),
        ]) as object[],
      },
    },
  ),
  "the size of a mount in memory": replaced(
    { mounts: [{ type: "tmpfs", target: "/a", tmpfsOptions: { sizeBytes: MEGABYTE } }] },
    { mounts: [{ type: "tmpfs", target: "/a", tmpfsOptions: { sizeBytes: 2 * MEGABYTE } }] },
    { HostConfig: { Mounts: [{ TmpfsOptions: { SizeBytes: 2 * MEGABYTE } }] } },
  ),
  "a first scratch path": lost(
    {},
    { tmpfs: { "/a": "size=1m" } },
    { HostConfig: { Tmpfs: { "/a": "size=1m" } } },
  ),
  "a further scratch path": lost(
    { tmpfs: { "/a": "size=1m" } },
    { tmpfs: { "/a": "size=1m", "/b": "size=1m" } },
    { HostConfig: { Tmpfs: { "/b": "size=1m" } } },
  ),
  "a scratch path less": lost(
    { tmpfs: { "/a": "size=1m", "/b": "size=1m" } },
    { tmpfs: { "/b": "size=1m" } },
    { HostConfig: { Tmpfs: without("/a") } },
  ),
  "a scratch path's size": lost(
    { tmpfs: { "/a": "size=1m" } },
    { tmpfs: { "/a": "size=2m" } },
    { HostConfig: { Tmpfs: { "/a": "size=2m" } } },
  ),
  "no scratch path any more": lost(
    { tmpfs: { "/a": "size=1m" } },
    { tmpfs: null },
    { HostConfig: without("Tmpfs") },
  ),
  "a health check's command": lost(
    { healthcheck: { tests: ["CMD", "true"] } },
    { healthcheck: { tests: ["CMD", "false"] } },
    { Config: { Healthcheck: { Test: ["CMD", "false"] } } },
  ),
  "an init process": lost({ init: false }, { init: true }, { HostConfig: { Init: true } }),
  "a CPU quota": lost(
    { cpuQuota: 50_000 },
    { cpuQuota: 60_000 },
    { HostConfig: { CpuQuota: 60_000 } },
  ),
  "a further variable": replaced({ envs: ["A=1"] }, { envs: ["A=1", "B=2"] }, env("A=1", "B=2")),
  "a variable less": replaced({ envs: ["A=1", "B=2"] }, { envs: ["B=2"] }, env("B=2")),
  "a variable's value": replaced({ envs: ["A=1"] }, { envs: ["A=2"] }, env("A=2")),
  "a command": replaced({ command: ["a"] }, { command: ["b"] }, { Config: { Cmd: ["b"] } }),
  "a command's last word": replaced(
    { command: ["a", "b"] },
    { command: ["a"] },
    { Config: { Cmd: ["a"] } },
  ),
  "a command left out": unseen({ command: ["a"] }, { command: null }, { Config: { Cmd: null } }),
  "labels left out": unseen(
    { labels: [label("a", "1")] },
    { labels: null },
    { Config: { Labels: without("a") } },
  ),
  "variables left out": unseen(
    { envs: ["A=1"] },
    { envs: null },
    { Config: { Env: expect.not.arrayContaining(["A=1"]) as string[] } },
  ),
  "a further label": replaced(
    { labels: [label("a", "1")] },
    { labels: [label("a", "1"), label("b", "2")] },
    { Config: { Labels: { b: "2" } } },
  ),
  "a label less": replaced(
    { labels: [label("a", "1"), label("b", "2")] },
    { labels: [label("b", "2")] },
    { Config: { Labels: without("a") } },
  ),
  "a label's value": replaced(
    { labels: [label("a", "1")] },
    { labels: [label("a", "2")] },
    { Config: { Labels: { a: "2" } } },
  ),
  "a published port": replaced(
    { ports: [port(80, 28191)] },
    { ports: [port(80, 28192)] },
    bindings({ "80/tcp": "28192" }),
  ),
  "a further published port": replaced(
    { ports: [port(80, 28191)] },
    { ports: [port(80, 28191), port(81, 28193)] },
    bindings({ "80/tcp": "28191", "81/tcp": "28193" }),
  ),
  "an option of the log": replaced(
    { logOpts: { "max-size": "1m" } },
    { logOpts: { "max-size": "2m" } },
    { HostConfig: { LogConfig: { Config: { "max-size": "2m" } } } },
  ),
  "a capability": replaced(
    { capabilities: { drops: ["CHOWN"] } },
    { capabilities: { drops: ["ALL"] } },
    { HostConfig: { CapDrop: ["ALL"] } },
  ),
  "a security option": replaced(
    { securityOpts: ["no-new-privileges"] },
    { securityOpts: ["no-new-privileges", "seccomp=unconfined"] },
    {
      HostConfig: {
        SecurityOpt: expect.arrayContaining([
          "no-new-privileges",
          "seccomp=unconfined",
        ]) as string[],
      },
    },
  ),
  "the user": replaced({ user: "1:1" }, { user: "2:2" }, { Config: { User: "2:2" } }),
  "a read-only root": replaced({}, { readOnly: true }, { HostConfig: { ReadonlyRootfs: true } }),
  processors: replaced(
    { cpus: "0.5" },
    { cpus: "0.25" },
    { HostConfig: { NanoCpus: 250_000_000 } },
  ),
  "the time to stop": replaced(
    { stopTimeout: 5 },
    { stopTimeout: 6 },
    { Config: { StopTimeout: 6 } },
  ),
  memory: applied(
    { memory: 32, memorySwap: 32 },
    { memory: 48, memorySwap: 48 },
    { HostConfig: { Memory: 48 * MEGABYTE, MemorySwap: 48 * MEGABYTE } },
  ),
  "memory left out": lost(
    { memory: 32, memorySwap: 32 },
    { memory: null, memorySwap: null },
    { HostConfig: { Memory: 0 } },
  ),
  "the restart policy": applied(
    { restart: "no" },
    { restart: "unless-stopped" },
    { HostConfig: { RestartPolicy: { Name: "unless-stopped" } } },
  ),
};
