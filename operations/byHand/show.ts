import type { HandRule } from "../../rules/edge/byHand";
import { ruleWords } from "../../rules/edge/handWords";

/** Says which rule holds now. */
export function showRule(
  { stack, json }: { readonly stack: string; readonly json?: boolean },
  rule: HandRule,
  seconds: number,
): number {
  console.log(json ? JSON.stringify(rule) : `${stack}: ${ruleWords(rule, seconds)}`);
  return 0;
}

/** Says which rules were ended, or that there was none. */
export function showLifted(
  { stack, json }: { readonly stack: string; readonly json?: boolean },
  lifted: readonly HandRule[],
  none: string,
): number {
  if (json) console.log(JSON.stringify({ stack, ended: lifted }));
  else if (lifted.length === 0) console.log(`${stack}: ${none}`);
  for (const rule of json ? [] : lifted) {
    console.log(
      `${stack}: ${rule.address ?? rule.kind} is ended, it was to last until ${rule.until}`,
    );
  }
  return 0;
}
