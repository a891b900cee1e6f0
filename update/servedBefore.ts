import type { Look } from "./lookBefore";

/**
 * Whether users of this stack have had a release before, so that going back to it must wait for nobody: by the events, or by
 * the outputs, which know releases that are older than the stack's events.
 */
export async function hasServedBefore(
  { sight, lastOutputs }: Pick<Look, "sight" | "lastOutputs">,
  id: string,
): Promise<boolean> {
  const { history = [] } = await lastOutputs;
  return (
    history.some(({ release }) => release === id) ||
    (await sight.records.events.hasServed(id)) === true
  );
}
