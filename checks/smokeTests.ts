import type { ServiceHealthGate, SmokeStep, SmokeTest } from "../rules/health/healthGate";
import { capture, compareAnswer, requestOf } from "../rules/health/smokeTest";
import { HostError } from "../rules/host/asking";
import type { Check, CheckedSet } from "./check";

/** Users' ways through the services end as they must, through the preview port. Services are tried side by side. */
export function smokeTestsCheck(services: Readonly<Record<string, ServiceHealthGate>>): Check {
  return {
    name: "smoke test",
    moment: "first",
    async look(checked) {
      const known = Object.keys(services).filter((name) => name in checked.set.record.services);
      const found = await Promise.all(
        known.map(async (service) => {
          const wrongs: string[] = [];
          for (const test of services[service]?.smokeTests ?? []) {
            wrongs.push(...(await run(checked, service, test)));
          }
          const part = { service, replica: 0 };
          return wrongs.map((says) => ({ says, part }));
        }),
      );
      return found.flat();
    },
  };
}

/** The steps behind one that fails are not tried: they build on it. */
async function run(checked: CheckedSet, service: string, test: SmokeTest): Promise<string[]> {
  const captured: Record<string, string> = {};
  for (const step of test.steps) {
    const { wrongs, kept } = await take(checked, service, step, captured);
    const at = `smoke test "${test.name}": ${step.method ?? "GET"} ${requestOf(step, captured).path}`;
    if (wrongs.length > 0) return wrongs.map((wrong) => `${at}: ${wrong}`);
    Object.assign(captured, kept);
  }
  return [];
}

async function take(
  { hands, set }: CheckedSet,
  service: string,
  step: SmokeStep,
  captured: Readonly<Record<string, string>>,
): Promise<{ wrongs: readonly string[]; kept: Readonly<Record<string, string>> }> {
  try {
    const answer = await hands.request(set, service, requestOf(step, captured));
    const wrongs = compareAnswer(step, answer);
    return { wrongs, kept: wrongs.length === 0 ? capture(step, answer) : {} };
  } catch (error) {
    if (error instanceof HostError) throw error;
    return { wrongs: [(error as Error).message], kept: {} };
  }
}
