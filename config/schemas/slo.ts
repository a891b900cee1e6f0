import * as z from "zod/mini";

import { DURATION_BUCKETS } from "../../rules/observability/metricNames";
import { decimal, integer, section } from "./fields";

const SLOW = `must be one of ${DURATION_BUCKETS.join(", ")}`;

/** What users may expect of a service, by which its alerts are worked out. No part of the release. */
export const sloSchema = section({
  objectivePercent: z._default(decimal(90, 99.99), 99.5),
  periodDays: z._default(integer(7, 90), 30),
  // What lies between two buckets of the histogram cannot be counted.
  slowSeconds: z._default(
    z
      .number({ error: SLOW })
      .check(z.refine((value) => DURATION_BUCKETS.includes(value), { error: SLOW })),
    1,
  ),
});
