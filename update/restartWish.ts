import * as pulumi from "@pulumi/pulumi";
import { parseRestart, RESTART_VARIABLE } from "../release/restart";
import { PlanError, type RestartWish } from "../release/rolloutPlan";

/**
 * What `maestro restart` has this update do; null: the update is for what the stack asks for.
 *
 * @throws pulumi.RunError for a variable that it has not written.
 */
export function readRestart(environment: NodeJS.ProcessEnv): RestartWish | null {
  try {
    return parseRestart(environment[RESTART_VARIABLE]);
  } catch (error) {
    throw error instanceof PlanError ? new pulumi.RunError(error.message) : error;
  }
}
