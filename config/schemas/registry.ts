import * as z from "zod/mini";

import { ECR_ADDRESS } from "../../rules/aws/ecrAddress";
import { distinct, flag, object, oneOf, REGISTRY_HOST, REPOSITORY_PATH, text } from "./fields";

const hostAndPort = () =>
  text(
    new RegExp(`^${REGISTRY_HOST}$`),
    "must be host[:port]; without scheme and path, and with the port if the host has no dot",
  );

/** `maestro:registry`: where images come from. */
export const registrySchema = object({
  /** `local`: a plain registry such as `registry:2`; `ecr`: Amazon's. */
  kind: z._default(oneOf(["local", "ecr"]), "local"),
  /** `host[:port]`; only a local registry has a default. */
  address: z.optional(hostAndPort()),
  /** Where images are pushed and pulled when that is not at `address`: a mirror, a VPC endpoint, a registry in tests. */
  endpoint: z.optional(hostAndPort()),
  /** Path between the address and a service's name; the project's name if left out. */
  namespace: text(
    new RegExp(`^(?=.{1,128}$)${REPOSITORY_PATH}$`),
    "must be a lower-case path such as team/maestro; without leading or trailing slash",
  ),
  /** Whether the repositories are this stack's own; false: another stack makes and removes them. Only for ecr. */
  manage: z.optional(flag()),
  /** Key that encrypts the repositories; AES-256 with AWS's own key if left out. Only for ecr. */
  kmsKey: z._default(
    z.nullable(
      text(
        /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:(key|alias)\/[\w/-]{1,256}$/,
        "must be the ARN of a KMS key; arn:aws:kms:<region>:<account>:key/<id>",
      ),
    ),
    null,
  ),
  /** Accounts beside the own one whose runtime roles may pull. Only for ecr. */
  pullAccounts: z._default(
    distinct(
      text(/^\d{12}$/, "must be an account id of 12 digits; in quotes"),
      "must be a list of account ids",
    ),
    [],
  ),
}).check(({ value, issues }) => {
  if (value.kind === "ecr" && value.address === undefined) {
    issues.push({
      code: "custom",
      message: "is required; for ecr it is <account>.dkr.ecr.<region>.amazonaws.com",
      path: ["address"],
      input: undefined,
    });
  } else if (value.kind === "ecr" && !ECR_ADDRESS.test(value.address ?? "")) {
    issues.push({
      code: "custom",
      message: "must be <account>.dkr.ecr.<region>.amazonaws.com; to push elsewhere set endpoint",
      path: ["address"],
      input: value.address,
    });
  }
  if (value.kind === "local") {
    for (const key of ["endpoint", "manage", "kmsKey"] as const) {
      if (value[key] != null) {
        issues.push({
          code: "custom",
          message: "is only for kind ecr; remove it",
          path: [key],
          input: value[key],
        });
      }
    }
  }
});

export const DEFAULT_LOCAL_ADDRESS = "localhost:5000";
