import * as z from "zod/mini";

import { ROLES } from "../../rules/access/roles";
import { integer, list, object, text } from "./fields";

const SUBJECTS = ["os", "github", "gitlab", "aws", "signer"] as const;

/** One line without control characters; `*` stands for any characters. */
function pattern(what: string) {
  // Without the flag `u`, which not every editor sets.
  return text(
    /^(?=\S)[^\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]{1,255}$/,
    `must be ${what}`,
  );
}

/** Whose jobs they are is never left open: anybody's repository can name its environment `production`. */
function whole(what: string) {
  return text(/^[\w.-]+(?:\/[\w.-]+)+$/, `must be ${what}, without \`*\`; such as acme/shop`);
}

const githubSchema = object({
  repository: whole("owner/name"),
  actor: z.exactOptional(pattern("a login; such as alice")),
  ref: z.exactOptional(pattern("a ref; such as refs/heads/main")),
  environment: z.exactOptional(pattern("an environment of the repository; such as production")),
});

const gitlabSchema = object({
  project: whole("group/project"),
  user: z.exactOptional(pattern("a login; such as alice")),
  ref: z.exactOptional(pattern("a branch or a tag; such as main")),
  environment: z.exactOptional(pattern("an environment of the project; such as production")),
});

const grantSchema = object({
  os: z.exactOptional(
    text(/^[\w.@*][\w.@*-]{0,63}$/, "must be a user of the operating system; such as alice"),
  ),
  github: z.exactOptional(githubSchema),
  gitlab: z.exactOptional(gitlabSchema),
  aws: z.exactOptional(
    text(
      /^arn:aws[a-z-]*:(?:sts|iam)::\d{12}:[\w+=,.@/*-]{1,300}$/,
      "must be an ARN as `aws sts get-caller-identity` shows it; such as arn:aws:sts::123456789012:assumed-role/deploy/*",
    ),
  ),
  signer: z.exactOptional(pattern("whom the signers' file names; such as bob@example.com")),
  stacks: z.exactOptional(
    list(
      text(/^[\w.*-]{1,100}$/, "must be the name of a stack; such as demo, or prod-*"),
      "must be a list of stacks",
    ).check(z.minLength(1, { error: "must name a stack; remove it for all of them" })),
  ),
}).check(({ value, issues }) => {
  const named = SUBJECTS.filter((subject) => value[subject] !== undefined);
  if (named.length === 1) return;
  const message =
    named.length === 0
      ? `names nobody; give one of ${SUBJECTS.join(", ")}`
      : `names ${named.join(" and ")}; write a line for each`;
  issues.push({ code: "custom", message, path: [], input: value });
});

const grants = () => list(grantSchema, "must be a list of who has it", 200);

const addressSchema = text(
  /^(?:https:\/\/[\w.-]+(?::\d{1,5})?|http:\/\/(?:localhost|127\.0\.0\.1)(?::\d{1,5})?)(?:\/[\w./-]*)?$/,
  "must be an https:// address; such as https://gitlab.example.com",
);

/** access.yaml: who may do what. */
export const accessSchema = object({
  roles: object(
    Object.fromEntries(ROLES.map((role) => [role, z.exactOptional(grants())])) as Record<
      (typeof ROLES)[number],
      z.ZodMiniExactOptional<ReturnType<typeof grants>>
    >,
  ),
  breakGlass: z._default(grants(), []),
  issuers: z.prefault(
    object({
      github: z._default(addressSchema, "https://token.actions.githubusercontent.com"),
      gitlab: z._default(addressSchema, "https://gitlab.com"),
    }),
    {},
  ),
  audience: z._default(
    text(/^[\w.:/-]{1,200}$/, "must be the audience of the jobs' tokens; such as maestro"),
    "maestro",
  ),
  keepEventsDays: z._default(integer(30, 3650), 400),
});
