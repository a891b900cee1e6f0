/** What the Docker Engine's inspect says of a container, as far as it is compared. */
export interface InspectedContainer {
  readonly Config: {
    readonly Image: string;
    readonly Cmd?: readonly string[] | null;
    readonly Env?: readonly string[] | null;
    readonly User?: string;
    readonly Labels?: Readonly<Record<string, string>> | null;
    readonly StopTimeout?: number | null;
  };
  readonly HostConfig: {
    readonly Memory?: number;
    readonly MemorySwap?: number;
    readonly NanoCpus?: number;
    readonly CpuShares?: number;
    readonly PidsLimit?: number | null;
    readonly ReadonlyRootfs?: boolean;
    readonly Privileged?: boolean;
    readonly CapAdd?: readonly string[] | null;
    readonly CapDrop?: readonly string[] | null;
    readonly SecurityOpt?: readonly string[] | null;
    readonly Tmpfs?: Readonly<Record<string, string>> | null;
  };
  readonly Mounts?: readonly InspectedMount[] | null;
  readonly NetworkSettings: {
    readonly Networks?: Readonly<
      Record<string, { readonly IPAMConfig?: { readonly IPv4Address?: string } | null }>
    > | null;
  };
}

interface InspectedMount {
  readonly Type: string;
  readonly Source?: string;
  readonly Destination: string;
  readonly RW?: boolean;
}

/** What the Engine says of the image a container was made from; it puts the image's own settings into the container. */
export interface InspectedImage {
  readonly Config?: {
    readonly Cmd?: readonly string[] | null;
    readonly Env?: readonly string[] | null;
    readonly Volumes?: Readonly<Record<string, unknown>> | null;
  } | null;
}
