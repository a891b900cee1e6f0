import { askGates, describeRefusals } from "../../gates/askGates";
import { instanceRoot } from "../../config/project";
import { digestsOf, type ReleaseRecord } from "../../release/release";
import type { SwitchGates } from "../../rules/stepInput";
import type { StackRecords } from "../../records/stackRecords";
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
): Promise<string | null> {
  // One of which no event tells was placed before the stack had events: it was asked for when the update was planned.
  if ((await records.events.hasServed(record.id)) !== false) return null;
  const refusals = await askGates(settings, instanceRoot(), {
    ...{ moment: "switch", stack },
    ...{ release: record.id, digests: digestsOf(record) },
  });
  if (refusals.length === 0) return null;
  const says = describeRefusals(refusals);
  if (override?.release !== record.id) return says;
  const reason = `${override.reason}; passed: ${says}`;
  await noteEvent(records, { kind: "gate overridden", release: record.id, reason });
  console.log(`passed by maestro:override (${override.reason}):\n${says}`);
  return null;
}
