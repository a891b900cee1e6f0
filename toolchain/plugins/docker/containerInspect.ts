/** What the engine tells about one network attachment. */
export interface EndpointInspect {
  readonly NetworkID: string;
  readonly Aliases: readonly string[] | null;
  readonly IPAMConfig: { readonly IPv4Address?: string; readonly IPv6Address?: string } | null;
  readonly IPAddress: string;
  readonly IPPrefixLen: number;
  readonly Gateway: string;
  readonly GlobalIPv6Address: string;
  readonly GlobalIPv6PrefixLen: number;
  readonly IPv6Gateway: string;
  readonly MacAddress: string;
}

/** One mount as given at creation. */
export interface MountInspect {
  readonly Type: string;
  readonly Source?: string;
  readonly Target: string;
  readonly ReadOnly?: boolean;
  readonly BindOptions?: { readonly Propagation?: string };
  readonly TmpfsOptions?: { readonly SizeBytes?: number; readonly Mode?: number };
  readonly VolumeOptions?: {
    readonly NoCopy?: boolean;
    readonly Labels?: Readonly<Record<string, string>> | null;
    readonly Subpath?: string;
    readonly DriverConfig?: {
      readonly Name?: string;
      readonly Options?: Readonly<Record<string, string>> | null;
    };
  };
}

interface Throttle {
  readonly Path: string;
  readonly Rate: number;
}

interface HostConfig {
  readonly AutoRemove: boolean;
  readonly BlkioDeviceReadBps: readonly Throttle[] | null;
  readonly BlkioDeviceReadIOps: readonly Throttle[] | null;
  readonly BlkioDeviceWriteBps: readonly Throttle[] | null;
  readonly BlkioDeviceWriteIOps: readonly Throttle[] | null;
  readonly CapAdd: readonly string[] | null;
  readonly CapDrop: readonly string[] | null;
  readonly CpusetCpus: string;
  readonly CpuShares: number;
  readonly Dns: readonly string[] | null;
  readonly DnsOptions: readonly string[] | null;
  readonly DnsSearch: readonly string[] | null;
  readonly ExtraHosts: readonly string[] | null;
  readonly GroupAdd: readonly string[] | null;
  readonly Init?: boolean | null;
  readonly IpcMode: string;
  readonly LogConfig: { readonly Type: string; readonly Config: Record<string, string> | null };
  readonly Memory: number;
  readonly MemoryReservation: number;
  readonly MemorySwap: number;
  readonly Mounts?: readonly MountInspect[] | null;
  readonly NanoCpus: number;
  readonly NetworkMode: string;
  readonly PidMode: string;
  readonly Privileged: boolean;
  readonly PublishAllPorts: boolean;
  readonly ReadonlyRootfs: boolean;
  readonly RestartPolicy: { readonly Name: string; readonly MaximumRetryCount: number };
  readonly Runtime: string;
  readonly SecurityOpt: readonly string[] | null;
  readonly ShmSize: number;
  readonly StorageOpt?: Readonly<Record<string, string>> | null;
  readonly Sysctls?: Readonly<Record<string, string>> | null;
  readonly Tmpfs?: Readonly<Record<string, string>> | null;
  readonly Ulimits:
    readonly { readonly Name: string; readonly Soft: number; readonly Hard: number }[] | null;
  readonly UsernsMode: string;
}

interface Config {
  readonly Cmd: readonly string[] | null;
  readonly Domainname: string;
  readonly Entrypoint: readonly string[] | null;
  readonly Env: readonly string[] | null;
  readonly Healthcheck?: {
    readonly Test?: readonly string[];
    readonly Interval?: number;
    readonly Timeout?: number;
    readonly StartPeriod?: number;
    readonly StartInterval?: number;
    readonly Retries?: number;
  } | null;
  readonly Hostname: string;
  readonly Image: string;
  readonly Labels: Readonly<Record<string, string>> | null;
  readonly OpenStdin: boolean;
  readonly StopSignal?: string;
  readonly StopTimeout?: number | null;
  readonly Tty: boolean;
  readonly User: string;
  readonly WorkingDir: string;
}

/** What the engine tells about a container, as far as the plugin uses it. */
export interface ContainerInspect {
  readonly Id: string;
  readonly Name: string;
  readonly Image: string;
  readonly Platform: string;
  readonly Config: Config;
  readonly HostConfig: HostConfig;
  readonly State: {
    readonly Running: boolean;
    readonly ExitCode: number;
    readonly Health?: { readonly Status: string } | null;
  };
  readonly NetworkSettings: {
    readonly Bridge?: string;
    readonly Networks: Readonly<Record<string, EndpointInspect>> | null;
    readonly Ports: Readonly<
      Record<string, readonly { readonly HostIp: string; readonly HostPort: string }[] | null>
    > | null;
  };
}
