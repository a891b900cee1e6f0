import path from "node:path";
import { PolicyPack, type ReportViolation, type ResourceValidationArgs } from "@pulumi/policy";
import { readPolicyExceptions } from "../config/policyExceptions";
import type { PolicyException } from "../rules/policyRules";
import { describeIdle, isAbout, sortOut } from "./judge";
import type { Rule } from "./rule";
import { RULES } from "./rules";

/** Absolute path of a file of exceptions: Pulumi starts a pack in the pack's own directory. */
const FILE_VARIABLE = "MAESTRO_POLICY_EXCEPTIONS";

const file = process.env[FILE_VARIABLE];
const exceptions = file ? readExceptions(file) : [];
const used = new Set<PolicyException>();

function readExceptions(named: string): readonly PolicyException[] {
  if (!path.isAbsolute(named)) {
    throw new Error(
      `${FILE_VARIABLE}: must be an absolute path, got ${JSON.stringify(named)}; write "$PWD/${named}"`,
    );
  }
  const read = readPolicyExceptions(named);
  if (read.issues.length > 0) throw new Error(read.issues.join("\n"));
  return read.exceptions;
}

/** Reports what no exception lets pass. */
function report(
  { name: rule, check }: Rule,
  { type, name, props, opts: { protect } }: ResourceValidationArgs,
  reportViolation: ReportViolation,
): void {
  const resource = `${type}::${name}`;
  try {
    const breaches = check({ type, props, protect }).map((says) => ({ rule, resource, says }));
    const sorted = sortOut(breaches, exceptions, new Date());
    sorted.used.forEach((exception) => used.add(exception));
    sorted.refused.forEach(({ says, ended }) =>
      reportViolation(ended ? `${says} (its exception has ended, ${ended.expires})` : says),
    );
  } catch (error) {
    // An input that is known only in the update: nobody can tell yet whether the exception is needed.
    exceptions
      .filter((exception) => isAbout(exception, { rule, resource }))
      .forEach((exception) => used.add(exception));
    throw error;
  }
}

/**
 * Each rule of {@link RULES} as a policy: a resource that breaks one stops preview and update, except where the pack's
 * configuration says `advisory`, or an exception lets it pass.
 */
new PolicyPack("maestro", {
  policies: [
    ...RULES.map((rule) => ({
      name: rule.name,
      description: rule.description,
      enforcementLevel: "mandatory" as const,
      validateResource: (args: ResourceValidationArgs, reportViolation: ReportViolation) =>
        report(rule, args, reportViolation),
    })),
    {
      name: "exceptions",
      description: "An exception that lets nothing pass is removed.",
      enforcementLevel: "advisory",
      validateStack: (_stack, reportViolation) =>
        describeIdle(exceptions, file ?? "", (each) => used.has(each), new Date()).forEach((line) =>
          reportViolation(line),
        ),
    },
  ],
});
