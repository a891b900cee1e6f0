import { PlanError } from "../release/rolloutPlan";
import type { Look } from "./lookBefore";
import { hasServedBefore } from "./servedBefore";

/**
 * The program that compares APIs is there, where a release that is new here wants that.
 *
 * @throws PlanError
 */
export async function checkApiTool(look: Look, release: string): Promise<void> {
  const services = Object.entries(look.settings.healthGate?.services ?? {});
  const asking = services.find(([, { openapi }]) => openapi)?.[0];
  if (asking === undefined || (await hasServedBefore(look, release))) return;
  const problem = await (await import("../checks/oasdiff")).findOasdiffProblem();
  if (problem) throw new PlanError(`services.${asking}.healthGate.openapi: ${problem}`);
}
