/** What a machine reaches beyond itself: a container network over one of these takes it away from the machine. */
export interface MachineAddress {
  /** `the nameserver 10.255.255.53` */
  readonly says: string;
  /** `10.255.255.53/32` */
  readonly range: string;
}

/** Where a machine says what it reaches; each may be missing. */
export const ADDRESS_FILES = {
  /** What programs ask. */
  resolver: "/etc/resolv.conf",
  /** What systemd-resolved, which then is the one above, asks in their place. */
  resolved: "/run/systemd/resolve/resolv.conf",
  routes: "/proc/net/route",
} as const;

/** Interfaces that Docker makes; their networks are known by name. */
const DOCKERS_OWN = /^(docker|br-|veth)/;

/** The nameservers of a resolv.conf (man 5 resolv.conf), except those on the machine itself. */
export function readNameservers(text: string): MachineAddress[] {
  return [...text.matchAll(/^nameserver\s+(\d+\.\d+\.\d+\.\d+)\s*$/gm)]
    .map(([, address = ""]) => address)
    .filter((address) => !address.startsWith("127."))
    .map((address) => ({ says: `the nameserver ${address}`, range: `${address}/32` }));
}

/** What the kernel's table of IPv4 routes (man 5 proc, /proc/net/route) says of a machine. */
export interface Routes {
  readonly gateways: readonly MachineAddress[];
  /** Networks with a route of their own, Docker's left out: `192.0.2.0/24`. */
  readonly networks: readonly string[];
}

/** Addresses are hexadecimal there, last byte first: `0102A8C0` is 192.168.2.1. */
export function readRoutes(text: string): Routes {
  const rows = text
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([device = "", destination]) => destination && !DOCKERS_OWN.test(device))
    .map(([device = "", destination = "", gateway = "", , , , , mask = ""]) => ({
      device,
      destination: dotted(destination),
      gateway: dotted(gateway),
      bits: bytes(mask).reduce((sum, byte) => sum + byte.toString(2).replaceAll("0", "").length, 0),
    }));
  return {
    gateways: rows
      .filter(({ gateway }) => gateway !== "0.0.0.0")
      .map(({ gateway, device }) => ({
        says: `the gateway ${gateway} of ${device}`,
        range: `${gateway}/32`,
      })),
    networks: rows
      .filter(({ bits }) => bits > 0)
      .map(({ destination, bits }) => `${destination}/${bits}`),
  };
}

function dotted(hex: string): string {
  return bytes(hex).join(".");
}

function bytes(hex: string): number[] {
  return [6, 4, 2, 0].map((at) => parseInt(hex.slice(at, at + 2), 16) || 0);
}
