import { connectEngine, listSet } from "../host/engine";
import { HostDirectory } from "../host/hostDirectory";
import type { ClaimInput } from "../release/operationInput";
import { readInput } from "./shared/input";
import { containerIdsInState } from "./shared/stackState";

/**
 * Runs before the first container of the idle set is touched: notes what the set will hold, not yet proven, so that no
 * later update takes a half-changed set for the release it used to be; and removes what a killed run left behind.
 */
export async function main(): Promise<void> {
  const input = readInput<ClaimInput>();
  const { color, record, placement } = input;
  const host = new HostDirectory(input.directory);
  if (host.readActiveColor() === color) {
    throw new Error(
      `${color} serves users, so it cannot take release ${record.id}: the traffic was moved after this update was ` +
        `planned; run it again`,
    );
  }
  const before = host.readPlacement(color);
  host.writeRelease(record);
  host.writePlacement(color, { number: placement, record, proven: false });
  if (!before?.proven) await removeLeftovers(input);
  console.log(`${color} set taken for release ${record.id}`);
}

/**
 * A run that was killed may have made containers that its state never heard of; their names and addresses would be in
 * the way. Only containers of this idle set that the state does not know are removed.
 */
async function removeLeftovers({ prefix, stack, color }: ClaimInput): Promise<void> {
  const engine = connectEngine();
  const containers = await listSet(engine, prefix, color);
  if (containers.length === 0) return;
  const known = await containerIdsInState(stack);
  for (const container of containers.filter(({ id }) => !known.has(id))) {
    await engine.getContainer(container.id).remove({ force: true });
    console.log(`removed ${container.name}, left behind by an update that was stopped`);
  }
}
