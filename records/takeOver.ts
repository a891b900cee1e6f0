import type { ChangeOrigin } from "../release/history";
import type { StackRecords } from "./stackRecords";

/** A stack older than its events begins with what serves, before its first event is written. */
export async function takeOver(records: StackRecords, origin: () => ChangeOrigin): Promise<void> {
  if ((await records.events.head()) !== null) return;
  const last = await records.readSwitch();
  if (!last) return;
  const { release, color, number, at } = last;
  await records.events.append({
    kind: "taken over",
    release,
    color,
    reason: `serves since ${at}, by move ${number} of the traffic`,
    ...origin(),
  });
}
