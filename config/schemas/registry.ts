import * as z from "zod/mini";

import { object, oneOf, REGISTRY_HOST, REPOSITORY_PATH, text } from "./fields";

/** `maestro:registry`: where images come from. */
export const registrySchema = object({
  /** `local`: a plain registry such as `registry:2`; `ecr`: Amazon's. */
  kind: z._default(oneOf(["local", "ecr"]), "local"),
  /** `host[:port]`; only a local registry has a default. */
  address: z.optional(
    text(
      new RegExp(`^${REGISTRY_HOST}$`),
      "must be host[:port]; without scheme and path, and with the port if the host has no dot",
    ),
  ),
  /** Path between the address and a service's name; the project's name if left out. */
  namespace: text(
    new RegExp(`^(?=.{1,128}$)${REPOSITORY_PATH}$`),
    "must be a lower-case path such as team/maestro; without leading or trailing slash",
  ),
}).check(({ value, issues }) => {
  if (value.kind === "ecr" && value.address === undefined) {
    issues.push({
      code: "custom",
      message: "is required; for ecr it is <account>.dkr.ecr.<region>.amazonaws.com",
      path: ["address"],
      input: undefined,
    });
  }
});

export const DEFAULT_LOCAL_ADDRESS = "localhost:5000";
