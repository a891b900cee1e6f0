import { askGates, describeRefusals, describeUsedOverride } from "../../gates/askGates";
import { changeOrigin } from "../../config/changeOrigin";
import { instanceRoot } from "../../config/project";
import type { GateQuestion } from "../../gates/gate";
import type { ApprovalSettings, TrafficPlan } from "../../rules/gates/approval";
import { digestsOf, type ReleaseRecord } from "../../release/release";
import { imagesOf, type SwitchGates } from "../../rules/stepInput";
import type { StackRecords } from "../../records/stackRecords";
import { overrideReason, overrideUsedAt, usedApprovals } from "../../records/usedUp";
import { noteEvent } from "./noteEvent";

/**
 * Asks the gates once more, right before the traffic moves: the migrations and the proof before it take their time. A
 * release that has served asks none, so that nothing is in the way of going back.
 *
 * @returns why the traffic must not move; null: it may.
 */
export async function passGates(
  records: StackRecords,
  { stack, settings, override }: SwitchGates,
  record: ReleaseRecord,
  { serving, traffic }: { serving: ReleaseRecord | null; traffic: TrafficPlan },
): Promise<string | null> {
  // One of which no event tells was placed before the stack had events: it was asked for when the update was planned.
  if ((await records.events.hasServed(record.id)) !== false) return null;
  const question: GateQuestion = {
    ...{ moment: "switch", stack },
    ...{ release: record.id, digests: digestsOf(record), images: imagesOf(record), traffic },
    ...{ replaces: serving && serving.id, servingDigests: serving ? digestsOf(serving) : {} },
    deployer: changeOrigin(() => undefined).by,
    usedApprovals: settings.approvals ? usedApprovals(await records.events.list()) : [],
  };
  const refusals = await askGates(settings, instanceRoot(), question);
  if (refusals.length === 0) {
    if (settings.approvals) await noteApprovals(records, settings.approvals, question);
    return null;
  }
  const says = describeRefusals(refusals);
  if (override?.release !== record.id) return says;
  const usedAt = overrideUsedAt(await records.events.list(), override);
  if (usedAt !== null) return `${says}\n${describeUsedOverride(usedAt)}`;
  const reason = overrideReason(override.reason, says);
  await noteEvent(records, { kind: "gate overridden", release: record.id, reason });
  console.log(`passed by maestro:override (${override.reason}):\n${says}`);
  return null;
}

/** From here on these approvals have done their part. */
async function noteApprovals(
  records: StackRecords,
  settings: ApprovalSettings,
  question: GateQuestion,
): Promise<void> {
  const { findApprovals } = await import("../../gates/approvals");
  const { valid } = await findApprovals(settings, instanceRoot(), question);
  const reason = `by ${valid.map(({ by }) => by).join(", ")}`;
  await noteEvent(records, {
    kind: "approved",
    release: question.release,
    reason,
    approvals: valid,
  });
  console.log(`approved ${reason}`);
}
