import { createHmac } from "node:crypto";
import type { ChannelSecret } from "./alertmanagerConfig";

/**
 * Variable -> fingerprint of its value, for those that are set. By the stack's own token, which no state and no record
 * holds: the fingerprint of a guess tells nobody whether it is right.
 */
export function fingerprints(
  secrets: readonly ChannelSecret[],
  environment: Readonly<Record<string, string | undefined>>,
  token: string,
): Record<string, string> {
  return Object.fromEntries(
    secrets.flatMap(({ variable }) => {
      const value = environment[variable];
      if (!value) return [];
      return [[variable, createHmac("sha256", token).update(value).digest("hex")]];
    }),
  );
}

/** Whether all that is set here was delivered as it is; what is not set here stays as it was. */
export function areDelivered(
  here: Readonly<Record<string, string>>,
  delivered: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(here).every(([variable, print]) => delivered[variable] === print);
}
