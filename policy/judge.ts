import type { PolicyException, PolicyRule } from "../rules/policyRules";
import type { CheckedResource, Rule } from "./rule";
import { RULES } from "./rules";

export interface NamedResource extends CheckedResource {
  readonly name: string;
}

/** A rule that a resource breaks. */
export interface Breach {
  readonly rule: PolicyRule;
  /** `<type>::<name>`, as exceptions name it. */
  readonly resource: string;
  readonly says: string;
}

/** Thrown when a rule reads an input that is not known yet. */
export class UnknownInput extends Error {
  public override readonly name = "UnknownInput";
}

/** What a resource breaks, and which rules need inputs that are not known yet. */
export function judge(
  resource: NamedResource,
  rules: readonly Rule[] = RULES,
): { readonly breaches: readonly Breach[]; readonly open: readonly Rule[] } {
  const breaches: Breach[] = [];
  const open = rules.filter((rule) => {
    try {
      const named = `${resource.type}::${resource.name}`;
      rule
        .check(resource)
        .forEach((says) => breaches.push({ rule: rule.name, resource: named, says }));
      return false;
    } catch (error) {
      if (error instanceof UnknownInput) return true;
      throw error;
    }
  });
  return { breaches, open };
}

/** Breaches that count, and the exceptions by which others do not. */
export interface Sorted {
  readonly refused: readonly (Breach & { readonly ended?: PolicyException })[];
  readonly used: ReadonlySet<PolicyException>;
}

/** Takes out what an exception lets pass; one that has ended lets nothing pass, and is named with the breach. */
export function sortOut(
  breaches: readonly Breach[],
  exceptions: readonly PolicyException[],
  now: Date,
): Sorted {
  const used = new Set<PolicyException>();
  const refused = breaches.flatMap((breach) => {
    const mine = exceptions.filter((exception) => isAbout(exception, breach));
    const valid = mine.find((exception) => !hasEnded(exception, now));
    if (valid) {
      used.add(valid);
      return [];
    }
    return [mine[0] ? { ...breach, ended: mine[0] } : breach];
  });
  return { refused, used };
}

/** Whether an exception speaks of a rule and a resource. */
export function isAbout(
  exception: PolicyException,
  { rule, resource }: Pick<Breach, "rule" | "resource">,
): boolean {
  if (exception.rule !== rule) return false;
  const parts = exception.resource.split("*").map((text) => text.replace(/[.+]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`).test(resource);
}

function hasEnded({ expires }: PolicyException, now: Date): boolean {
  return now.getTime() >= Date.parse(`${expires}:00Z`);
}

/** A line that names what to mend. */
export function describeBreach({ rule, resource, says, ended }: Sorted["refused"][number]): string {
  const more = ended ? `; its exception has ended, ${ended.expires}` : "";
  return `${resource}: ${says} (${rule}${more})`;
}

/**
 * Lines about exceptions that can go: they let nothing pass.
 *
 * @param isNeeded whether something breaks the rule by it, or nobody can tell yet.
 */
export function describeIdle(
  exceptions: readonly PolicyException[],
  file: string,
  isNeeded: (exception: PolicyException) => boolean,
  now: Date,
): string[] {
  return exceptions.flatMap((exception, index) => {
    const { resource, rule, expires } = exception;
    const at = `${file}: exceptions[${index}]`;
    if (hasEnded(exception, now)) return [`${at}: has ended, ${expires}; remove it`];
    return isNeeded(exception)
      ? []
      : [`${at}: nothing that is ${resource} breaks ${rule}; remove it`];
  });
}
