import { WAIVER_DAYS } from "../rules/gates/waiver";
import type { PolicyException } from "../rules/policyRules";
import { checkSchema, describeIssue, formatPath } from "./checkSchema";
import { exceptionsFileSchema } from "./schemas/policy";
import { parseYamlFile } from "./readServicesFile";

/** The exceptions of a file, or why there are none. */
export interface ReadExceptions {
  readonly exceptions: readonly PolicyException[];
  readonly issues: readonly string[];
}

const DAY = 86_400_000;

/** Reads a file of exceptions, YAML or JSON; each problem names the file and the place in it. */
export function readPolicyExceptions(file: string, now = new Date()): ReadExceptions {
  const { content, issues } = parseYamlFile(file, "create it, or remove it from maestro:policy");
  if (issues.length > 0) return { exceptions: [], issues };
  const locate = (path: readonly PropertyKey[]) =>
    path.length === 0 ? file : `${file}: ${formatPath(path)}`;
  const checked = checkSchema(exceptionsFileSchema, content ?? {}, locate);
  const exceptions = checked.value?.exceptions ?? [];
  const last = new Date(now.getTime() + WAIVER_DAYS * DAY).toISOString().slice(0, 16);
  const late = exceptions.flatMap(({ expires }, index) =>
    expires > last
      ? [
          describeIssue(
            ["exceptions", index, "expires"],
            `must be at most ${WAIVER_DAYS} days ahead; look at it again by then`,
            expires,
            locate,
          ),
        ]
      : [],
  );
  // A time can be wrong in two ways at once, and is told once.
  return { exceptions, issues: [...new Set([...checked.issues, ...late])] };
}
