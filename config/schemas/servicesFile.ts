import * as z from "zod/mini";

import { isPlainObject } from "../plainObject";
import { object } from "./fields";

export const MAX_SERVICES = 1000;

/** The content of services.yaml; each service is checked by itself once it is merged. */
export const servicesFileSchema = object({
  /** Merged into each service. */
  defaults: z._default(
    z.custom<Readonly<Record<string, unknown>>>(isPlainObject, {
      error: "must be an object of settings that every service gets",
    }),
    {},
  ),
  services: z
    .custom<Readonly<Record<string, unknown>>>(isPlainObject, {
      error: "must map names to services; see the comments in services.yaml",
    })
    .check(({ value, issues }) => {
      const count = Object.keys(value).length;
      if (count === 0 || count > MAX_SERVICES) {
        issues.push({
          code: "custom",
          message:
            count === 0
              ? "at least one service is required; see the comments in services.yaml"
              : `must be at most ${MAX_SERVICES} services, has ${count}; use a second stack`,
          input: value,
        });
      }
    }),
});
