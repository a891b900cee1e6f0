import { describeAnswer, isWell } from "../rules/edge/healthAnswer";
import type { ServiceHealthGate } from "../rules/health/healthGate";
import { checkNames, findCheck } from "../rules/health/readinessChecks";
import { plainText } from "../rules/plainText";
import { expectedReplicas } from "../rules/stepInput";
import type { PartReply } from "../targets/hands";
import type { Check } from "./check";

const SHOWN = 200;

/** Every replica stays ready, answers in time, and calls the parts well that its service must have. */
export function readinessCheck(services: Readonly<Record<string, ServiceHealthGate>>): Check {
  return {
    name: "readiness",
    moment: "while",
    async look({ hands, set }) {
      const found = await Promise.all(
        expectedReplicas(set.record).map(async ({ service, replica }) => {
          const part = { service, replica };
          const { readyPath } = set.record.services[service]!.health;
          const wrongs = judgeReadiness(await hands.askPart(set, part), services[service] ?? {});
          return wrongs.map((wrong) => ({
            says: `${readyPath} ${wrong}`,
            part,
            mayPass: true as const,
          }));
        }),
      );
      return found.flat();
    },
  };
}

/** What is wrong with a replica's readiness answer, without its path; empty: nothing. */
export function judgeReadiness(
  { answer, milliseconds }: PartReply,
  gate: ServiceHealthGate,
): string[] {
  if (typeof answer === "string") return [`gave ${answer}`];
  if (!isWell(answer)) return [`gave ${describeAnswer(answer)}`];
  const { maximumMilliseconds: most, checks = [] } = gate;
  const late = most !== undefined && milliseconds > most;
  return [
    ...(late ? [`took ${Math.round(milliseconds)} ms, wanted at most ${most} ms`] : []),
    ...(checks.length > 0 ? judgeChecks(checks, answer.body) : []),
  ];
}

function judgeChecks(names: readonly string[], body: string): string[] {
  let document: unknown;
  try {
    document = JSON.parse(body);
  } catch {
    return [`answers no JSON, wanted it to name ${names.join(", ")}`];
  }
  return names.flatMap((name) => {
    const check = findCheck(document, name);
    if (check?.isWell) return [];
    if (check) return [`calls ${name} "${check.says}", wanted it to be well`];
    const others = plainText(checkNames(document).join(", "), SHOWN);
    return [`does not name ${name}; it names ${others || "nothing"}`];
  });
}
