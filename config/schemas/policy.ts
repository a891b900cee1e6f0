import * as z from "zod/mini";

import { POLICY_LEVELS, POLICY_RULES } from "../../rules/policyRules";
import { list, object, oneOf, text } from "./fields";
import { waiverFields } from "./waiver";

/** `maestro:policy`: the program checks its resources itself. */
export const policySchema = object({
  /** The default depends on the stack's kind. */
  level: z.exactOptional(oneOf(POLICY_LEVELS)),
  exceptions: z._default(
    z.nullable(
      text(
        /^(?!.*(?:^|\/)\.\.(?:\/|$))(?:\.\/)?[\w.@+-][\w./@+-]{0,200}\.(?:ya?ml|json)$/,
        "must be the path of a .yaml or .json file in the project; such as policyExceptions.yaml",
      ),
    ),
    null,
  ),
});

/** The file that `maestro:policy.exceptions` names. */
export const exceptionsFileSchema = object({
  exceptions: list(
    object({
      rule: oneOf(POLICY_RULES),
      resource: text(
        /^[\w:/.*-]{1,200}::[\w.*/@+-]{1,200}$/,
        "must be <type>::<name>; such as docker:index/container:Container::legacy-*",
      ),
      ...waiverFields,
    }),
    "must be a list of exceptions",
    200,
  ),
});
