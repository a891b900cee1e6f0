import * as z from "zod/mini";

import { SEVERITIES } from "../../rules/gates/scanReport";
import { isTimeZone } from "../../rules/gates/wallClock";
import { distinct, flag, integer, list, object, oneOf, text } from "./fields";
import { moduleSchema } from "./module";
import { releaseIdSchema } from "./release";
import { signaturesSchema } from "./signatures";
import { CLOCK, PLAIN, waiverFields, wallTimeSchema } from "./waiver";

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

const hoursSchema = object({
  days: distinct(
    oneOf(DAYS),
    `must be a list of days; such as [${DAYS.slice(0, 5).join(", ")}]`,
    7,
  ).check(z.minLength(1, { error: "must name a day; such as [mon]" })),
  from: text(new RegExp(`^${CLOCK}$`), 'must be a time in quotes; such as "14:00"'),
  to: text(
    new RegExp(`^(?:${CLOCK}|24:00)$`),
    'must be a time in quotes, up to "24:00"; such as "16:00"',
  ),
}).check(({ value: { from, to }, issues, value }) => {
  if (from !== to) return;
  issues.push({
    code: "custom",
    message: 'is from itself, so the hours are empty; a whole day is "00:00" to "24:00"',
    path: ["to"],
    input: value.to,
  });
});

const freezeSchema = object({
  from: wallTimeSchema(),
  to: wallTimeSchema(),
  reason: text(
    new RegExp(`^(?=.*\\S)${PLAIN}{3,200}$`, "u"),
    "must say why in 3 to 200 characters; whoever is refused reads it",
  ),
}).check(({ value: { from, to }, issues }) => {
  if (from < to) return;
  issues.push({
    code: "custom",
    message: `must be after from, which is ${from}; swap them`,
    path: ["to"],
    input: to,
  });
});

const windowSchema = object({
  timeZone: z.string({ error: "must be a time zone; such as Europe/Berlin" }).check(
    z.refine(isTimeZone, {
      error: "must be a time zone of the IANA database; such as Europe/Berlin or UTC",
    }),
  ),
  open: z._default(list(hoursSchema, "must be a list of hours", 50), []),
  freezes: z._default(list(freezeSchema, "must be a list of freezes", 200), []),
}).check(({ value, issues }) => {
  if (value.open.length > 0 || value.freezes.length > 0) return;
  const message = "has neither hours nor freezes; give one, or remove it";
  issues.push({ code: "custom", message, path: [], input: value });
});

const promotionSchema = object({ verdict: oneOf(["pass"]) });

const projectPath = (example: string) =>
  text(
    /^(?!.*(?:^|\/)\.\.(?:\/|$))(?:\.\/)?[\w.@+-][\w./@+-]{0,200}$/,
    `must be a path in the project; such as ${example}`,
  );

const approvalsSchema = object({
  required: z._default(integer(1, 10), 1),
  signers: z._default(projectPath("approvers"), "approvers"),
  directory: z._default(projectPath("approvals"), "approvals"),
  expiresAfterHours: z._default(integer(1, 720), 24),
});

const githubEnvironmentSchema = object({
  name: text(
    new RegExp(`^(?=.*\\S)${PLAIN}{1,255}$`, "u"),
    "must be the name of an environment of the repository; such as production",
  ),
});

const waiverSchema = object({
  id: text(/^[A-Za-z0-9-]{3,60}$/, "must be the id of a finding; such as CVE-2026-1234"),
  package: z.exactOptional(text(/^[!-~]{1,200}$/, "must be the name of a package")),
  ...waiverFields,
});

const scansSchema = object({
  source: z.exactOptional(oneOf(["reports", "ecr"])),
  directory: z._default(projectPath("scans"), "scans"),
  refuse: z._default(oneOf(SEVERITIES), "critical"),
  onlyFixable: z._default(flag(), true),
  /** The default depends on the stack's kind. */
  onMissing: z.exactOptional(oneOf(["refuse", "pass"])),
  waivers: z._default(list(waiverSchema, "must be a list of waivers", 200), []),
});

const sbomsSchema = object({
  directory: z._default(projectPath("sboms"), "sboms"),
  /** The default depends on the stack's kind. */
  onMissing: z.exactOptional(oneOf(["refuse", "pass"])),
});

/** `maestro:gates`: what must let a release out, before anything is touched and before the traffic moves. */
export const gatesSchema = object({
  window: z._default(z.nullable(windowSchema), null),
  modules: z._default(list(moduleSchema, "must be a list of modules", 20), []),
  promotion: z.exactOptional(promotionSchema),
  approvals: z.exactOptional(approvalsSchema),
  githubEnvironment: z.exactOptional(githubEnvironmentSchema),
  scans: z.exactOptional(scansSchema),
  signatures: z.exactOptional(signaturesSchema),
  sboms: z.exactOptional(sbomsSchema),
});

/** `maestro:override`: the release that may pass a gate, and why. */
export const overrideSchema = object({
  release: releaseIdSchema,
  reason: text(
    new RegExp(`^(?=.*\\S)${PLAIN}{8,300}$`, "u"),
    "must say in 8 to 300 characters why this release cannot wait; it goes on record",
  ),
});
