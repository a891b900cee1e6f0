import * as z from "zod/mini";

import { decimal, distinct, integer, object } from "./fields";
import { expressionSchema } from "./expression";

/** `maestro:rollout.shadow`: users' requests that are repeated to a new set before users get it. */
export const shadowSchema = object({
  requests: z._default(integer(1, 10_000), 200),
  perSecond: z._default(integer(1, 1_000), 20),
  maximumWorsePercent: z._default(decimal(0, 100), 1),
  except: z._default(
    distinct(expressionSchema("^/logout"), "must be a list of regular expressions", 50),
    [],
  ),
});
