import { readEdgeClock } from "../../host/handClock";
import type { Host } from "../../host/host";
import type { HostDirectory } from "../../host/hostDirectory";
import type { HandRule } from "../../rules/edge/byHand";
import { secondsLeft } from "../../rules/edge/handWords";

/** A rule by hand that holds, and for how long. */
export interface StandingRule extends HandRule {
  readonly secondsLeft: number;
}

/** The rules that hold now; a stack without any is asked for nothing more than its records. */
export async function findStandingRules(
  host: Pick<Host, "ask">,
  { records }: HostDirectory,
  edgeUrl: string,
): Promise<StandingRule[]> {
  const rules = await records.byHand.list();
  if (rules.length === 0) return [];
  const now = await readEdgeClock(host, edgeUrl).catch(() => Date.now() / 1000);
  return rules.flatMap((rule) => {
    const left = secondsLeft(rule, now);
    return left === null ? [] : [{ ...rule, secondsLeft: Math.ceil(left) }];
  });
}
