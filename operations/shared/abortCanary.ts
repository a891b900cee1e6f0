import { changeOrigin } from "../../config/changeOrigin";
import type { HostDirectory } from "../../host/hostDirectory";
import { isShared, type CanaryRecord } from "../../release/canary";
import { otherColor } from "../../release/release";
import { noteEvent } from "../../steps/shared/noteEvent";

/**
 * Ends a canary from any machine, whether or not the update that runs it still lives: all users get the release before
 * at once, and the next update refuses the one that was tried. An update that still runs hears of it within a second.
 *
 * @param reason for the record.
 * @throws Error before anything is touched, if all users get the release already and no other set is ready for them.
 */
export async function abortCanary(
  { edge, records }: HostDirectory,
  canary: CanaryRecord,
  reason: string,
): Promise<void> {
  const { release, color, percent } = canary;
  const { by, at } = changeOrigin(() => undefined);
  const active = await edge.readActiveColor();
  const back = otherColor(color);
  const held = await records.readPlacement(back);
  if (!isShared(canary, active) && !held?.proven) {
    throw new Error(
      `release ${release} serves all users, and ${back} holds no proven release to go back to; ` +
        `\`maestro rollback --to <release>\` brings one of \`maestro releases\` back`,
    );
  }
  await records.writeCanaryWish({ release, wants: "abort", by, at });
  if (!isShared(canary, active)) {
    const number = ((await records.readSwitch())?.number ?? 0) + 1;
    await records.writeSwitch({ number, release: held!.record.id, color: back, at, settled: true });
  }
  if (active) await edge.moveTraffic(back);
  const placement = await records.readPlacement(color);
  const says = `aborted at ${percent} % of the clients: ${reason}`;
  if (placement?.record.id === release) {
    await records.reject(placement.record, says);
    await records.disprove(color);
  }
  await records.forgetCanary();
  await noteEvent(records, { kind: "rejected", release, color, reason: says });
  if (active && held) {
    await noteEvent(records, { kind: "went back", release: held.record.id, color: back });
  }
}
