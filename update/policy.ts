import type { PolicySettings } from "../rules/policyRules";
import { holdResources } from "./resourceHold";

/**
 * Has the stack's resources checked by the policy's rules before the engine hears of them: those that the program makes
 * from now on, its own and whoever else's. A stack without a policy pays nothing for it.
 *
 * @returns what to call when the update has made its resources.
 */
export function keepPolicy(policy: PolicySettings | null): () => void {
  if (policy === null) return () => undefined;
  // At once, so that it is not waited for after the look at the host.
  const inspection = import("./policyCheck").then(({ createPolicyInspection }) =>
    createPolicyInspection(policy),
  );
  return holdResources(async (made) => (await inspection)(made)).letGo;
}
