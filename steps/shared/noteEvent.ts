import { changeOrigin } from "../../config/changeOrigin";
import type { EventFacts } from "../../records/events";
import type { StackRecords } from "../../records/stackRecords";
import { plainText } from "../../rules/plainText";

/** How much of a reason is kept: the whole of it is in the update's log. */
const REASON_LENGTH = 2_000;

/** Number of the first event that this process has added; null: none. */
let firstNoted: number | null = null;

/** See {@link firstNoted}. */
export function firstNotedEvent(): number | null {
  return firstNoted;
}

/**
 * Puts on record what was just done, with who does it, from which commit, and why (MAESTRO_REASON). A release does not
 * fail for its record: what serves is on record in other places.
 */
export async function noteEvent(records: StackRecords, facts: EventFacts): Promise<void> {
  try {
    const reason = facts.reason ?? process.env["MAESTRO_REASON"];
    await takeOver(records);
    const { number } = await records.events.append({
      ...facts,
      ...(reason ? { reason: plainText(lines(reason), REASON_LENGTH) } : {}),
      ...changeOrigin(() => undefined),
    });
    firstNoted ??= number;
  } catch (error) {
    console.error(
      `"${facts.kind}" is not in the stack's events: ${(error as Error).message}; ` +
        "look at them with `maestro releases verify`",
    );
  }
}

/** Findings come one a line, and a record has one line. */
function lines(reason: string): string {
  return reason.trim().replace(/\s*\n\s*/g, "; ");
}

/** A stack older than its events begins with what serves. */
async function takeOver(records: StackRecords): Promise<void> {
  if ((await records.events.head()) !== null) return;
  const last = await records.readSwitch();
  if (!last) return;
  const { release, color, number, at } = last;
  await records.events.append({
    kind: "taken over",
    release,
    color,
    reason: `serves since ${at}, by move ${number} of the traffic`,
    ...changeOrigin(() => undefined),
  });
}
