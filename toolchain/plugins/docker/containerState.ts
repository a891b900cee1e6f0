import type { Properties, Value } from "../../rpc/values";
import { isEmpty } from "../schema";
import type { ContainerInspect, EndpointInspect, MountInspect } from "./containerInspect";
import { formatDuration } from "./duration";

const MEGABYTE = 1024 * 1024;
const NANOS_PER_CPU = 1e9;

/**
 * A container's outputs as the engine reports them, on top of what was recorded. The engine mixes the image's labels and
 * environment with the container's own and forgets how ports, networks and some limits were asked for; those keep their
 * recorded values, as in the official plugin.
 */
export function containerState(container: ContainerInspect, recorded: Properties): Properties {
  const isRunning = container.State.Running;
  const mustRun = recorded.mustRun ?? true;
  return {
    ...recorded,
    ...processState(container, recorded),
    ...limitState(container, recorded),
    ...connectionState(container, recorded),
    // The drift a stopped container shows: the next update sees that it should run.
    mustRun: mustRun === true && !isRunning ? false : mustRun,
    exitCode: isRunning ? (recorded.exitCode ?? null) : container.State.ExitCode,
    ports: portState(container, recorded),
    id: container.Id,
    name: container.Name.replace(/^\//, ""),
  };
}

function processState({ Config, HostConfig, Image, Platform }: ContainerInspect, old: Properties) {
  const image = typeof old.image === "string" ? old.image : "";
  return {
    command: list(Config.Cmd),
    domainname: Config.Domainname,
    entrypoints: list(Config.Entrypoint),
    envs: old.envs ?? [],
    groupAdds: list(HostConfig.GroupAdd),
    ...(Config.Healthcheck ? { healthcheck: healthState(Config.Healthcheck) } : {}),
    hostname: Config.Hostname,
    // Named by id, a container keeps the full id; named otherwise, it keeps the words of the program.
    image: image.startsWith("sha256:") ? Image : Config.Image,
    init: HostConfig.Init ?? false,
    labels: old.labels ?? [],
    platform: Platform,
    stdinOpen: Config.OpenStdin,
    stopSignal: Config.StopSignal ?? "",
    stopTimeout: Config.StopTimeout ?? 0,
    tty: Config.Tty,
    user: Config.User,
    workingDir: Config.WorkingDir,
  };
}

function healthState(check: NonNullable<ContainerInspect["Config"]["Healthcheck"]>): Value {
  return {
    interval: formatDuration(check.Interval ?? 0),
    retries: check.Retries ?? 0,
    startInterval: formatDuration(check.StartInterval ?? 0),
    startPeriod: formatDuration(check.StartPeriod ?? 0),
    tests: list(check.Test),
    timeout: formatDuration(check.Timeout ?? 0),
  };
}

/** As the official plugin does: one decimal for whole processors; of ten of them it leaves `10.`. */
function formatProcessors(nanoCpus: number): string {
  const text = (nanoCpus / NANOS_PER_CPU).toFixed(9);
  return text.split("0").length - 1 === 9
    ? (nanoCpus / NANOS_PER_CPU).toFixed(1)
    : text.replace(/0+$/, "");
}

function limitState({ HostConfig }: ContainerInspect, old: Properties): Record<string, Value> {
  const { CapAdd, CapDrop, NanoCpus, RestartPolicy, Ulimits } = HostConfig;
  const hasCapabilities = [...(CapAdd ?? []), ...(CapDrop ?? [])].length > 0;
  return {
    ...(hasCapabilities ? { capabilities: { adds: list(CapAdd), drops: list(CapDrop) } } : {}),
    ...(NanoCpus > 0 ? { cpus: formatProcessors(NanoCpus) } : {}),
    cpuSet: HostConfig.CpusetCpus,
    cpuShares: HostConfig.CpuShares,
    deviceReadBps: throttles(HostConfig.BlkioDeviceReadBps),
    deviceReadIops: throttles(HostConfig.BlkioDeviceReadIOps),
    deviceWriteBps: throttles(HostConfig.BlkioDeviceWriteBps),
    deviceWriteIops: throttles(HostConfig.BlkioDeviceWriteIOps),
    ipcMode: HostConfig.IpcMode,
    maxRetryCount: RestartPolicy.MaximumRetryCount,
    memory: megabytes(HostConfig.Memory),
    memoryReservation: megabytes(HostConfig.MemoryReservation),
    memorySwap: megabytes(HostConfig.MemorySwap),
    ...(isEmpty(old.pidMode) ? {} : { pidMode: HostConfig.PidMode }),
    privileged: HostConfig.Privileged,
    readOnly: HostConfig.ReadonlyRootfs,
    restart: RestartPolicy.Name,
    rm: HostConfig.AutoRemove,
    runtime: HostConfig.Runtime,
    securityOpts: list(HostConfig.SecurityOpt),
    shmSize: megabytes(HostConfig.ShmSize),
    storageOpts: { ...HostConfig.StorageOpt },
    sysctls: { ...HostConfig.Sysctls },
    ...(isEmpty(old.ulimits)
      ? { ulimits: [] }
      : {
          ulimits: (Ulimits ?? []).map((it) => ({ hard: it.Hard, name: it.Name, soft: it.Soft })),
        }),
    usernsMode: HostConfig.UsernsMode,
  };
}

function connectionState({ HostConfig, NetworkSettings }: ContainerInspect, old: Properties) {
  const networks = Object.entries(NetworkSettings.Networks ?? {});
  const isImport = isEmpty(old.networksAdvanced) && isEmpty(old.networkMode);
  return {
    bridge: NetworkSettings.Bridge ?? "",
    dns: list(HostConfig.Dns),
    dnsOpts: list(HostConfig.DnsOptions),
    dnsSearches: list(HostConfig.DnsSearch),
    hosts: (HostConfig.ExtraHosts ?? []).map((entry) => {
      const colon = entry.indexOf(":");
      return { host: entry.slice(0, colon), ip: entry.slice(colon + 1) };
    }),
    logDriver: HostConfig.LogConfig.Type,
    // The daemon's own defaults are no choice of the program.
    logOpts: isEmpty(old.logOpts) ? null : { ...HostConfig.LogConfig.Config },
    mounts: (HostConfig.Mounts ?? []).map(mountState),
    networkDatas: networks.map(([name, endpoint]) => networkData(name, endpoint)),
    networkMode: HostConfig.NetworkMode,
    ...(isImport
      ? { networksAdvanced: networks.map(([, endpoint]) => attachmentState(endpoint)) }
      : {}),
    publishAllPorts: HostConfig.PublishAllPorts,
    tmpfs: { ...HostConfig.Tmpfs },
  };
}

function networkData(name: string, endpoint: EndpointInspect): Value {
  return {
    gateway: endpoint.Gateway,
    globalIpv6Address: endpoint.GlobalIPv6Address,
    globalIpv6PrefixLength: endpoint.GlobalIPv6PrefixLen,
    ipAddress: endpoint.IPAddress,
    ipPrefixLength: endpoint.IPPrefixLen,
    ipv6Gateway: endpoint.IPv6Gateway,
    macAddress: endpoint.MacAddress,
    networkName: name,
  };
}

function attachmentState(endpoint: EndpointInspect): Value {
  return {
    aliases: list(endpoint.Aliases),
    ipv4Address: endpoint.IPAMConfig?.IPv4Address ?? "",
    ipv6Address: endpoint.IPAMConfig?.IPv6Address ?? "",
    macAddress: endpoint.MacAddress,
    name: endpoint.NetworkID,
  };
}

function mountState(mount: MountInspect): Value {
  const { BindOptions, TmpfsOptions, VolumeOptions } = mount;
  return {
    bindOptions: BindOptions ? { propagation: BindOptions.Propagation ?? "" } : null,
    readOnly: mount.ReadOnly ?? false,
    source: mount.Source ?? "",
    target: mount.Target,
    tmpfsOptions: TmpfsOptions
      ? { mode: TmpfsOptions.Mode ?? 0, sizeBytes: TmpfsOptions.SizeBytes ?? 0 }
      : null,
    type: mount.Type,
    volumeOptions: VolumeOptions
      ? {
          driverName: VolumeOptions.DriverConfig?.Name ?? "",
          driverOptions: { ...VolumeOptions.DriverConfig?.Options },
          labels: labelList(VolumeOptions.Labels),
          noCopy: VolumeOptions.NoCopy ?? false,
          subpath: VolumeOptions.Subpath ?? "",
        }
      : null,
  };
}

/** Ports are read back only where some were asked for; a stopped container has none, which shows as a difference. */
function portState({ NetworkSettings, State }: ContainerInspect, old: Properties): Value {
  if (isEmpty(old.ports) || (!State.Running && old.mustRun === false)) {
    return old.ports ?? [];
  }
  const found = Object.entries(NetworkSettings.Ports ?? {}).flatMap(([port, bindings]) => {
    const [internal = "", protocol = "tcp"] = port.split("/");
    return (bindings ?? []).map(({ HostIp, HostPort }) => ({
      external: Number(HostPort),
      internal: Number(internal),
      ip: HostIp,
      protocol,
    }));
  });
  return found.length === 0 ? null : found.sort((a, b) => a.internal - b.internal);
}

/** Labels as the program writes them. */
export function labelList(labels: Readonly<Record<string, string>> | null | undefined): Value[] {
  return Object.entries(labels ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([label, value]) => ({ label, value }));
}

function list(items: readonly string[] | null | undefined): string[] {
  return [...(items ?? [])];
}

function megabytes(bytes: number): number {
  return bytes > 0 ? Math.floor(bytes / MEGABYTE) : bytes;
}

function throttles(devices: readonly { Path: string; Rate: number }[] | null): Value {
  return (devices ?? []).map(({ Path, Rate }) => ({ path: Path, rate: Rate }));
}
