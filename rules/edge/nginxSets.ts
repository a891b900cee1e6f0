import { replicaAddress } from "../../release/addresses";
import type { EdgeOptions } from "./edgeOptions";
import type { Color, ReleaseRecord, ServiceRelease } from "../../release/release";

/** One set within one server block. */
export interface SetLocations {
  readonly subnet: string;
  readonly color: Color;
  /** Host of the server block; null: the default one. */
  readonly host: string | null;
  readonly record: ReleaseRecord | null;
  /** What the other set holds. */
  readonly other: ReleaseRecord | null;
  readonly answer: readonly string[];
  readonly options: EdgeOptions;
}

/** A set's services, in an order that does not depend on how they were written. */
export function servicesOf(record: ReleaseRecord | null): [string, ServiceRelease][] {
  return Object.entries(record?.services ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Where a service's replicas listen: `address:port`. */
export function replicaAddresses(
  subnet: string,
  color: Color,
  record: ReleaseRecord,
  service: string,
): string[] {
  const { port, replicas } = record.services[service] as ServiceRelease;
  const slot = record.slots[service] as number;
  return Array.from(
    { length: replicas },
    (_, replica) => `${replicaAddress(subnet, color, slot, replica)}:${port}`,
  );
}

/** An nginx variable's name for a service: variables know no dashes. */
export function variableName(prefix: string, color: Color, service: string): string {
  return `$${prefix}_${color}_${service.replaceAll("-", "_")}`;
}
