import type { Host } from "../../host/host";
import type { HostDirectory } from "../../host/hostDirectory";
import { inspectSet } from "../../host/inspectSet";
import { describeDifference, LIMITS } from "../../rules/host/containerDifferences";
import { isShared, type CanaryRecord } from "../../release/canary";
import { readRoll } from "../../host/observe";
import type { Roll } from "../../release/rolling";
import { otherColor, type Release } from "../../release/release";

/** What the host says: the outputs may be those of an update that was stopped. */
export interface HostFacts {
  /** What users get. */
  readonly serving: Release | null;
  /** A release that gets a share of the clients; null: none. */
  readonly canary: CanaryRecord | null;
  /** A release whose services are moved one by one; left out: none. */
  readonly roll?: Roll;
  /** What the idle set was proven with, and what of it is not so any more. */
  readonly waiting: { readonly release: string; readonly differences: readonly string[] } | null;
}

/** Asks the host what serves and what waits. */
export async function readFacts(
  host: Host,
  directory: HostDirectory,
  prefix: string,
): Promise<HostFacts> {
  const active = await directory.edge.readActiveColor();
  if (!active) return { serving: null, canary: null, waiting: null };
  const under = await directory.records.readCanary();
  const canary = isShared(under, active) ? under : null;
  const rolled = await readRoll(directory);
  const roll = rolled ? { roll: rolled } : {};
  const color = otherColor(active);
  const serving = (await directory.records.readPlacement(active))?.record ?? null;
  const idle = await directory.records.readPlacement(color);
  if (!idle?.proven) return { serving, canary, ...roll, waiting: null };
  const subnet = (await directory.records.readEdge())?.subnet ?? null;
  const set = { prefix, color, record: idle.record, subnet };
  const { missing, differences } = await inspectSet(await host.engine(), set);
  const words = [
    ...missing.map((name) => `container ${name} is missing`),
    ...differences.filter(({ what }) => what !== LIMITS.processes).map(describeDifference),
  ];
  return { serving, canary, ...roll, waiting: { release: idle.record.id, differences: words } };
}
