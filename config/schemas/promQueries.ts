import * as z from "zod/mini";

import { list, object, text } from "./fields";

const bound = () => z.optional(z.number({ error: "must be a number" }));

/** Where a Prometheus answers, as the deployer reaches it. */
export function prometheusAddress() {
  return text(
    /^https?:\/\/[^\s/?#@]{1,253}(?:\/[^\s?#@]{0,200})?$/,
    "must be an address without a login; such as http://127.0.0.1:9090",
  );
}

/** `maestro:rollout.queries`: what a Prometheus must say of a new set before users get it. */
export const promQueriesSchema = list(
  object({
    name: text(/^[^\p{Cc}]{1,100}$/u, "must be a name for messages"),
    prometheus: prometheusAddress(),
    query: text(/^[^\0]{1,2000}$/, "must be PromQL; such as max(queue_length)"),
    minimum: bound(),
    maximum: bound(),
  }).check(({ value: { minimum, maximum }, issues }) => {
    const message =
      minimum === undefined && maximum === undefined
        ? "holds whatever comes; give minimum, maximum or both"
        : minimum !== undefined && maximum !== undefined && minimum > maximum
          ? "has a minimum above its maximum; change one"
          : null;
    if (message !== null) issues.push({ code: "custom", message, input: { minimum, maximum } });
  }),
  "must be a list of queries",
  20,
);
