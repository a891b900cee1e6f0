import { changeOrigin } from "../../config/changeOrigin";
import type { HostDirectory } from "../../host/hostDirectory";
import type { CanaryRecord } from "../../release/canary";
import { noteEvent } from "../../steps/shared/noteEvent";

/**
 * Ends a canary from any machine, whether or not the update that runs it still lives: all users get the release before
 * at once, and the next update refuses the one that was tried. An update that still runs hears of it within a second.
 *
 * @param reason for the record.
 */
export async function abortCanary(
  { edge, records }: HostDirectory,
  canary: CanaryRecord,
  reason: string,
): Promise<void> {
  const { release, color, percent } = canary;
  const { by, at } = changeOrigin(() => undefined);
  await records.writeCanaryWish({ release, wants: "abort", by, at });
  const active = await edge.readActiveColor();
  if (active) await edge.moveTraffic(active);
  const placement = await records.readPlacement(color);
  const says = `aborted at ${percent} % of the clients: ${reason}`;
  if (placement?.record.id === release) {
    await records.reject(placement.record, says);
    await records.disprove(color);
  }
  await records.forgetCanary();
  await noteEvent(records, { kind: "rejected", release, color, reason: says });
  const back = active && (await records.readPlacement(active));
  if (back) await noteEvent(records, { kind: "went back", release: back.record.id, color: active });
}
