import * as z from "zod/mini";

import { SHARES } from "../../release/canary";
import { integer, list, object, oneOf, text } from "./fields";

const PERCENTAGES = [...SHARES, 100];

const stepSchema = object({
  percent: z.int({ error: `must be one of ${PERCENTAGES.join(", ")}` }).check(
    z.refine((value) => PERCENTAGES.includes(value), {
      error: `must be one of ${PERCENTAGES.join(", ")}`,
    }),
  ),
  watchSeconds: integer(1, 86_400),
});

/** `maestro:rollout.canary`: by which shares of the clients a new release goes up. */
export const canarySchema = object({
  steps: z.optional(
    list(stepSchema, "must be a list of steps", 20).check(({ value, issues }) => {
      value.forEach(({ percent }, index) => {
        const before = value[index - 1]?.percent ?? 0;
        if (percent > before) return;
        const message = `must be more than the step before it, which has ${before} %; sort the steps`;
        issues.push({ code: "custom", message, path: [index, "percent"], input: percent });
      });
      const last = value.at(-1)?.percent;
      if (last === 100) return;
      const message = "must end with all clients; add { percent: 100, watchSeconds: 60 }";
      issues.push({ code: "custom", message, path: [], input: value });
    }),
  ),
  mode: z._default(oneOf(["wait", "step"]), "wait"),
  stickyBy: z._default(oneOf(["address", "cookie"]), "address"),
  override: z._default(
    z.nullable(
      text(
        /^[Xx]-[A-Za-z0-9-]{1,60}$/,
        "must be the name of a header that begins with X-; such as X-Release",
      ),
    ),
    null,
  ),
});
