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
  strategy: z._default(oneOf(["blueGreen", "canary", "rolling"]), "blueGreen"),
  canary: z.optional(canarySchema),
  watch: z.optional(watchSchema),
  shadow: z.optional(shadowSchema),
}).check(({ value, issues }) => {
  const { strategy, canary, keepPrevious, watch, shadow } = value;
  const issue = (path: string[], input: unknown, message: string) =>
    void issues.push({ code: "custom", message, path, input });
  if (strategy !== "canary" && canary !== undefined) {
    issue(["canary"], canary, "is without effect; set strategy: canary, or remove it");
  }
  if (strategy !== "rolling") return;
  if (keepPrevious === "warm") {
    const message =
      "must be stopped or removed with strategy: rolling, which has no memory for a second set";
    issue(["keepPrevious"], keepPrevious, message);
  }
  const held = watch?.holdBackPercent ?? 0;
  if (held > 0) {
    const message =
      "must be 0 with strategy: rolling, which stops each service's old containers before the next one moves";
    issue(["watch", "holdBackPercent"], held, message);
  }
  if (shadow !== undefined) {
    const message =
      "must be left out with strategy: rolling, which never has a whole new set to repeat requests to";
    issue(["shadow"], shadow, message);
  }
});
