import type { Settings } from "../../config/settings";
import { tellOf } from "../shared/tellOf";
import type { PruneResult } from "./printPrune";

/**
 * Does what an update has started and does not wait for: what goes wrong is put on record and told to the stack's
 * channels, since nobody reads this program's words.
 */
export async function tellFailure(
  stack: string,
  settings: Settings,
  prune: () => Promise<PruneResult>,
): Promise<PruneResult> {
  const tell = (reason: string) => tellOf(stack, settings, { kind: "not pruned", reason });
  try {
    const result = await prune();
    const problems = [...(result.host === null ? result.notes : []), ...(result.left ?? [])];
    if (problems.length > 0) await tell(problems.join("\n"));
    return result;
  } catch (error) {
    await tell((error as Error).message);
    throw error;
  }
}
