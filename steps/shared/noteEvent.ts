import { changeOrigin } from "../../config/changeOrigin";
import { changePlace } from "../../config/changePlace";
import type { EventFacts } from "../../records/event";
import type { StackRecords } from "../../records/stackRecords";
import { takeOver } from "../../records/takeOver";
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
 * Puts on record what was just done, with who does it, from where and which commit, and why (MAESTRO_REASON). A release
 * does not fail for its record: what serves is on record in other places.
 */
export async function noteEvent(records: StackRecords, facts: EventFacts): Promise<void> {
  try {
    await writeEvent(records, facts);
  } catch (error) {
    console.error(
      `"${facts.kind}" is not in the stack's events: ${(error as Error).message}; ` +
        "look at them with `maestro releases verify`",
    );
  }
}

/**
 * As {@link noteEvent}, for what must not be done unless it is on record.
 *
 * @throws Error when it cannot be written.
 */
export async function writeEvent(records: StackRecords, facts: EventFacts): Promise<void> {
  const reason = facts.reason ?? process.env["MAESTRO_REASON"];
  const origin = changeOrigin(() => undefined);
  await takeOver(records, () => origin);
  const { number } = await records.events.append({
    ...facts,
    ...(reason ? { reason: plainText(lines(reason), REASON_LENGTH) } : {}),
    where: changePlace(),
    ...origin,
  });
  firstNoted ??= number;
}

/** Findings come one a line, and a record has one line. */
function lines(reason: string): string {
  return reason.trim().replace(/\s*\n\s*/g, "; ");
}
