import * as z from "zod/mini";

import { SHARES } from "../../release/canary";
import { withDefaultLimits, type TrafficLimitsInput } from "../../release/trafficLimits";
import { decimal, flag, object, oneOf } from "./fields";
import { prometheusAddress } from "./promQueries";

/** What is accepted of a service's traffic; what is left out is at its default. */
const limitFields = {
  errors: z.optional(
    object({
      maximum: z.optional(decimal(0.0001, 0.5)),
      tolerance: z.optional(decimal(1, 100)),
      floor: z.optional(decimal(0.0001, 0.5)),
      dryRun: z.optional(flag()),
    }),
  ),
  latency: z.optional(
    object({
      maximumSeconds: z.optional(decimal(0.001, 64)),
      tolerance: z.optional(decimal(1, 100)),
      dryRun: z.optional(flag()),
    }),
  ),
};

const serviceLimits = object(limitFields);

/** More than a half would be no move. */
const HELD_BACK = [0, ...SHARES.filter((share) => share < 50)];
const HOLD_BACK = `must be one of ${HELD_BACK.join(", ")}`;

/** `maestro:rollout.watch`: how users' traffic is judged after the switch. */
export const watchSchema = object({
  onInconclusive: z.optional(oneOf(["keep", "extend", "back"])),
  holdBackPercent: z.optional(
    z
      .int({ error: HOLD_BACK })
      .check(z.refine((value) => HELD_BACK.includes(value), { error: HOLD_BACK })),
  ),
  prometheus: z.optional(prometheusAddress()),
  ...limitFields,
  services: z.optional(
    z.record(z.string(), serviceLimits, { error: "must map services to what is accepted of them" }),
  ),
}).check(({ value, issues }) => {
  const { services = {}, ...all } = value;
  for (const [path, limits] of [
    [[], all] as const,
    ...Object.entries(services).map(([name, own]) => [["services", name], own] as const),
  ]) {
    if (isAboveMaximum(limits as TrafficLimitsInput)) {
      issues.push({
        code: "custom",
        message: "must not be above errors.maximum; lower it, or raise that",
        path: [...path, "errors", "floor"],
        input: limits.errors?.floor,
      });
    }
  }
});

function isAboveMaximum(limits: TrafficLimitsInput): boolean {
  try {
    withDefaultLimits(limits);
    return false;
  } catch {
    return true;
  }
}
