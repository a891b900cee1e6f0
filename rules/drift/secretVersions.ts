import type { DriftRule } from "./finding";
import { update } from "./repairs";

/** A secret that was changed since what serves was started with it: users' services still have the one before. */
export const secretVersions: DriftRule = {
  kinds: ["secret-rotated"],
  find(facts) {
    return (facts.secrets ?? [])
      .filter(({ serving, current }) => serving !== current)
      .map(({ service, secret, serving, current, currentSince }) => ({
        ...({ id: `secret-rotated/${service}`, severity: "warning", where: secret } as const),
        says: `version ${current} is the current one, what serves was started with ${serving} (values hidden)`,
        ...{ since: currentSince, repair: update(facts) },
      }));
  },
};
