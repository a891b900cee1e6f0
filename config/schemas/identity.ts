import * as z from "zod/mini";

import { object, text } from "./fields";

const environment = () =>
  text(
    // What GitHub allows, less what has a meaning in the condition it becomes a part of.
    /^[A-Za-z0-9_./-]{1,100}$/,
    "must be the name of a GitHub environment, of letters, digits and _./-",
  );

/** `maestro:identity`: who may deploy the stack, from GitHub Actions, without any key. */
export const identitySchema = object({
  github: object({
    /** Exactly this one: names with wildcards would let others in. */
    repository: text(
      /^[A-Za-z0-9-]{1,39}\/[A-Za-z0-9._-]{1,100}$/,
      "must be <owner>/<name>; without wildcards",
    ),
    /** The stack's name if left out. */
    environment: z._default(z.nullable(environment()), null),
    /** `<environment>-preview` if left out. */
    previewEnvironment: z._default(z.nullable(environment()), null),
  }),
  /** The account's provider for GitHub's tokens, of which it can have only one; made if left out. */
  oidcProvider: z._default(
    z.nullable(
      text(
        /^arn:aws[a-z-]*:iam::\d{12}:oidc-provider\/token\.actions\.githubusercontent\.com$/,
        "must be the ARN of GitHub's provider; arn:aws:iam::<account>:oidc-provider/token.actions.githubusercontent.com",
      ),
    ),
    null,
  ),
  /** Where the stack's own host and secrets are; the registry's account if left out. */
  account: z._default(
    z.nullable(text(/^\d{12}$/, "must be an account id of 12 digits; in quotes")),
    null,
  ),
});
