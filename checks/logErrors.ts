import type { ServiceHealthGate } from "../rules/health/healthGate";
import { plainText } from "../rules/plainText";
import { expectedReplicas } from "../rules/stepInput";
import type { Check } from "./check";

/** So far back a replica's log is read. */
export const LINES = 10_000;
const SHOWN = 300;

/** No replica has written a line since its start that means trouble. */
export function logErrorsCheck(services: Readonly<Record<string, ServiceHealthGate>>): Check {
  return {
    name: "log",
    moment: "last",
    async look({ hands, set }) {
      const found = await Promise.all(
        expectedReplicas(set.record).map(async ({ service, replica }) => {
          const part = { service, replica };
          const patterns = services[service]?.logErrors ?? [];
          if (patterns.length === 0) return [];
          const lines = await hands.readLog(set, part, LINES);
          return judgeLines(lines, patterns).map((says) => ({ says, part }));
        }),
      );
      return found.flat();
    },
  };
}

/** What a replica's lines say of trouble, a sentence a pattern that one of them matches. */
export function judgeLines(lines: readonly string[], patterns: readonly string[]): string[] {
  return patterns.flatMap((pattern) => {
    const matching = lines.filter((line) => new RegExp(pattern).test(line));
    if (matching.length === 0) return [];
    const [first] = matching;
    return [
      `has written ${matching.length} lines that match ${pattern}, wanted none; first: ${plainText(first!, SHOWN)}`,
    ];
  });
}
