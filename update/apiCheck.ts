import { PlanError } from "../release/rolloutPlan";
import type { Settings } from "../config/settings";

/**
 * The program that compares APIs is there, where a service wants that.
 *
 * @throws PlanError
 */
export async function checkApiTool({ healthGate }: Settings): Promise<void> {
  const services = Object.entries(healthGate?.services ?? {});
  const asking = services.filter(([, { openapi }]) => openapi).map(([name]) => name);
  if (asking.length === 0) return;
  const problem = await (await import("../checks/oasdiff")).findOasdiffProblem();
  if (problem) throw new PlanError(`services.${asking[0]}.healthGate.openapi: ${problem}`);
}
