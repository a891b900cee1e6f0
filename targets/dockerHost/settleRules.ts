import { forgetOver, readEdgeClock } from "../../host/handClock";
import type { Host } from "../../host/host";
import type { HostDirectory } from "../../host/hostDirectory";

/**
 * Takes away what is left of rules by hand that are over: they do nothing, and requests would be looked at because of them.
 * A stack without rules asks nothing more than its records.
 *
 * It never fails what it comes after: what is left is taken away by the next update.
 *
 * @param edgeUrl left out: the step knows no edge, and leaves it to the next one.
 */
export async function settleRules(
  host: Pick<Host, "ask">,
  directory: HostDirectory,
  edgeUrl: string | undefined,
): Promise<void> {
  if (edgeUrl === undefined) return;
  try {
    if ((await directory.records.byHand.list()).length === 0) return;
    await forgetOver(directory, await readEdgeClock(host, edgeUrl));
  } catch (error) {
    console.log(
      `rules by hand that are over may still be there: ${(error as Error).message}; the next update takes them away`,
    );
  }
}
