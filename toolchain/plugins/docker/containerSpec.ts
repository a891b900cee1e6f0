import type { Properties } from "../../rpc/values";
import { mountSpec, volumeSpec } from "./containerMounts";
import { durationNanoseconds } from "./duration";
import { compact, labelMap, megabytes, reader, some, someMap, toText, type Json } from "./spec";

const NANOS_PER_CPU = 1e9;

/** The body of the engine's "create container" for checked inputs. */
export function containerSpec(inputs: Properties): Json {
  const { text, number, flag, texts, entries } = reader(inputs);
  const ports = portSpec(inputs);
  const volumes = volumeSpec(inputs);
  return compact({
    Image: text("image"),
    Hostname: text("hostname"),
    Domainname: text("domainname"),
    User: text("user"),
    WorkingDir: text("workingDir"),
    Cmd: some(texts("command")),
    Entrypoint: some(texts("entrypoints")),
    Env: some(texts("envs")),
    Labels: labelMap(entries("labels")),
    Tty: flag("tty"),
    OpenStdin: flag("stdinOpen"),
    StopSignal: text("stopSignal"),
    StopTimeout: number("stopTimeout"),
    Healthcheck: healthSpec(inputs),
    ExposedPorts: ports.exposed,
    Volumes: volumes.anonymous,
    HostConfig: compact({
      ...limits(inputs),
      ...isolation(inputs),
      ...connections(inputs),
      PortBindings: ports.bindings,
      Binds: some(volumes.binds),
      VolumesFrom: some(volumes.from),
    }),
  });
}

/** The body of the engine's "update container", which takes these settings and no others. */
export function updateSpec(inputs: Properties): Json {
  const { text, number } = reader(inputs);
  return compact({
    RestartPolicy: {
      Name: text("restart") ?? "no",
      MaximumRetryCount: number("maxRetryCount") ?? 0,
    },
    CpuShares: number("cpuShares") ?? 0,
    CpusetCpus: text("cpuSet") ?? "",
    Memory: megabytes(number("memory")) ?? 0,
    MemoryReservation: megabytes(number("memoryReservation")) ?? 0,
    MemorySwap: megabytes(number("memorySwap")),
    ...throttles(inputs),
  });
}

function limits(inputs: Properties): Json {
  const { text, number, flag, entries, map } = reader(inputs);
  const cpus = text("cpus");
  return {
    Memory: megabytes(number("memory")),
    MemoryReservation: megabytes(number("memoryReservation")),
    MemorySwap: megabytes(number("memorySwap")),
    ShmSize: megabytes(number("shmSize")),
    NanoCpus: cpus === undefined ? undefined : Math.round(Number(cpus) * NANOS_PER_CPU),
    // Docker refuses both at once; `cpus` wins.
    CpuPeriod: cpus === undefined ? number("cpuPeriod") : undefined,
    CpuQuota: cpus === undefined ? number("cpuQuota") : undefined,
    CpuShares: number("cpuShares"),
    CpusetCpus: text("cpuSet"),
    CgroupParent: text("cgroupParent"),
    CgroupnsMode: text("cgroupnsMode"),
    Ulimits: some(
      entries("ulimits").map(({ name, soft, hard }) => ({ Name: name, Soft: soft, Hard: hard })),
    ),
    Sysctls: someMap(map("sysctls")),
    StorageOpt: someMap(map("storageOpts")),
    RestartPolicy: {
      Name: text("restart") ?? "no",
      MaximumRetryCount: number("maxRetryCount") ?? 0,
    },
    AutoRemove: flag("rm"),
    ...throttles(inputs),
  };
}

function isolation(inputs: Properties): Json {
  const { text, flag, texts, entry, entries } = reader(inputs);
  const capabilities = reader(entry("capabilities") ?? {});
  // The engine does not know this option: clients turn it into empty lists of masked paths.
  const isUnconfined = texts("securityOpts").includes("systempaths=unconfined");
  return {
    Privileged: flag("privileged"),
    ReadonlyRootfs: flag("readOnly"),
    CapAdd: some(capabilities.texts("adds")),
    CapDrop: some(capabilities.texts("drops")),
    SecurityOpt: some(texts("securityOpts").filter((it) => it !== "systempaths=unconfined")),
    ...(isUnconfined ? { MaskedPaths: [], ReadonlyPaths: [] } : {}),
    GroupAdd: some(texts("groupAdds")),
    Init: inputs.init === undefined || inputs.init === null ? undefined : flag("init"),
    Runtime: text("runtime"),
    PidMode: text("pidMode"),
    IpcMode: text("ipcMode"),
    UsernsMode: text("usernsMode"),
    DeviceCgroupRules: some(texts("deviceCgroupRules")),
    Devices: some(
      entries("devices").map(({ hostPath, containerPath, permissions }) => ({
        PathOnHost: hostPath,
        PathInContainer: containerPath ?? hostPath,
        CgroupPermissions: permissions,
      })),
    ),
  };
}

function connections(inputs: Properties): Json {
  const { text, flag, texts, entries, map } = reader(inputs);
  return {
    NetworkMode: text("networkMode"),
    PublishAllPorts: flag("publishAllPorts"),
    Dns: some(texts("dns")),
    DnsOptions: some(texts("dnsOpts")),
    DnsSearch: some(texts("dnsSearches")),
    ExtraHosts: some(entries("hosts").map(({ host, ip }) => `${toText(host)}:${toText(ip)}`)),
    Tmpfs: someMap(map("tmpfs")),
    Mounts: some(entries("mounts").map(mountSpec)),
    LogConfig: { Type: text("logDriver") ?? "", Config: map("logOpts") },
  };
}

function portSpec(inputs: Properties) {
  const bindings: Record<string, Json[]> = {};
  for (const { internal, external, ip, protocol } of reader(inputs).entries("ports")) {
    const key = `${toText(internal)}/${toText(protocol ?? "tcp")}`;
    (bindings[key] ??= []).push({
      HostIp: ip ?? "0.0.0.0",
      HostPort: external === undefined || external === null ? "" : toText(external),
    });
  }
  const exposed = Object.fromEntries(Object.keys(bindings).map((key) => [key, {}]));
  return { bindings: someMap(bindings), exposed: someMap(exposed) };
}

function healthSpec(inputs: Properties): Json | undefined {
  const check = reader(inputs).entry("healthcheck");
  if (check === undefined) {
    return undefined;
  }
  const { text, number, texts } = reader(check);
  const startInterval = durationNanoseconds(text("startInterval"));
  return compact({
    Test: texts("tests"),
    Interval: durationNanoseconds(text("interval")),
    Timeout: durationNanoseconds(text("timeout")),
    StartPeriod: durationNanoseconds(text("startPeriod")),
    // Engines before API 1.44 do not know it.
    StartInterval: startInterval === 0 ? undefined : startInterval,
    Retries: number("retries") ?? 0,
  });
}

function throttles(inputs: Properties): Json {
  const { entries } = reader(inputs);
  const devices = (name: string) =>
    some(entries(name).map(({ path, rate }) => ({ Path: path, Rate: rate })));
  return {
    BlkioDeviceReadBps: devices("deviceReadBps"),
    BlkioDeviceReadIOps: devices("deviceReadIops"),
    BlkioDeviceWriteBps: devices("deviceWriteBps"),
    BlkioDeviceWriteIOps: devices("deviceWriteIops"),
  };
}
