import type { ServiceRelease } from "../../release/release";
import type { ObservabilitySettings } from "../observability/settings";

/** Limits of memory of all that a stack runs at once, in megabytes of 2^20 bytes. */
export interface MemoryNeed {
  /** Of both sets' containers. */
  readonly sets: number;
  /** Of the edge, and of the stack's own database server. */
  readonly servers: number;
  /** Of what watches the stack. */
  readonly observability: number;
}

const MEGABYTE = 2 ** 20;
const GIGABYTE = 1024;

/** Limits of a release's containers together, in megabytes. */
export function setMegabytes(services: Readonly<Record<string, ServiceRelease>>): number {
  return sum(
    Object.values(services).map(({ replicas, resources }) => replicas * resources.memoryMegabytes),
  );
}

/** Limits of the servers that watch a stack together, in megabytes. */
export function observerMegabytes(settings: ObservabilitySettings | null): number {
  if (settings === null) return 0;
  const { prometheus, alertmanager, victoriaLogs, loki, jaeger } = settings;
  const servers = [prometheus, alertmanager, victoriaLogs, loki, jaeger];
  return sum(servers.map((server) => server?.memoryMegabytes ?? 0));
}

/**
 * What a stack may use of its host's memory, as one line; null: nothing is said, since nothing watches the stack and the
 * host has room for it.
 */
export function describeMemory(need: MemoryNeed, hostBytes: number): string | null {
  const { sets, servers, observability } = need;
  const all = sets + servers + observability;
  const isMuch = all * MEGABYTE > hostBytes;
  if (observability === 0 && !isMuch) return null;
  const parts = [
    `both sets ${gigabytes(sets)}`,
    `edge and database ${gigabytes(servers)}`,
    ...(observability > 0 ? [`what watches it ${gigabytes(observability)}`] : []),
  ];
  const has = gigabytes(hostBytes / MEGABYTE);
  const remedy = isMuch ? "; where all of it is used, the host has none left" : "";
  return `limits of memory: ${parts.join(", ")}, together ${gigabytes(all)}; the host has ${has}${remedy}`;
}

function gigabytes(megabytes: number): string {
  return `${(megabytes / GIGABYTE).toFixed(1)} GiB`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
