import type { PolicySettings } from "../rules/policyRules";
import { holdResources } from "./resourceHold";

/** What the update says when it has made its resources. */
export interface HeldUpdate {
  /** @param goesBack whether the release has served before: going back must wait for nobody, so it is only warned of. */
  readonly letGo: (goesBack: boolean) => void;
}

/**
 * Has the stack's resources checked by the policy's rules before the engine hears of them: those that the program makes
 * from now on, its own and whoever else's. A stack without a policy pays nothing for it.
 */
export function keepPolicy(policy: PolicySettings | null): HeldUpdate {
  if (policy === null) return { letGo: () => undefined };
  let isReturn = false;
  // At once, so that it is not waited for after the look at the host.
  const inspection = import("./policyCheck").then(({ createPolicyInspection }) =>
    createPolicyInspection(policy, () => isReturn),
  );
  const held = holdResources(async (made) => (await inspection)(made));
  return {
    letGo(goesBack) {
      isReturn = goesBack;
      held.letGo();
    },
  };
}
