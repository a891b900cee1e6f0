import * as z from "zod/mini";

import { canarySchema } from "./canary";
import { integer, list, oneOf, section } from "./fields";
import { moduleSchema } from "./module";
import { promQueriesSchema } from "./promQueries";
import { shadowSchema } from "./shadow";
import { watchSchema } from "./watch";

/** `maestro:rollout`: how a release replaces another. */
export const rolloutSchema = section({
  keepPrevious: z._default(oneOf(["warm", "stopped", "removed"]), "warm"),
  drainSeconds: z._default(integer(1, 3600), 10),
  /** The default depends on the stack's kind: see ../parseSettings.ts. */
  bakeSeconds: z._default(integer(0, 3600), 0),
  /** As above. */
  stabilizeSeconds: z._default(integer(0, 3600), 0),
  checks: z._default(list(moduleSchema, "must be a list of modules", 20), []),
  queries: z.optional(promQueriesSchema),
  strategy: z._default(oneOf(["blueGreen", "canary"]), "blueGreen"),
  canary: z.optional(canarySchema),
  watch: z.optional(watchSchema),
  shadow: z.optional(shadowSchema),
}).check(({ value: { strategy, canary }, issues }) => {
  if (strategy === "canary" || canary === undefined) return;
  const message = "is without effect; set strategy: canary, or remove it";
  issues.push({ code: "custom", message, path: ["canary"], input: canary });
});
