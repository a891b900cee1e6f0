import * as pulumi from "@pulumi/pulumi";
import {
  describeBreach,
  describeIdle,
  isAbout,
  judge,
  sortOut,
  type Breach,
  type NamedResource,
} from "../policy/judge";
import type { Rule } from "../policy/rule";
import type { PolicyException, PolicySettings } from "../rules/policyRules";
import { knownLater, knownNow, type KnownInputs } from "./knownInputs";
import type { Inspect, MadeResource } from "./resourceHold";

/** Components that another program makes, and the resource inside that gets their inputs and options. */
const INSIDE: Readonly<Record<string, string>> = {
  "awsx:ecr:Repository": "aws:ecr/repository:Repository",
};

interface Judged {
  readonly one: MadeResource;
  readonly breaches: readonly Breach[];
  readonly open: readonly Rule[];
}

/**
 * Checks resources by the rules of the policy pack, as far as their inputs are known; the rest of each right before it is
 * registered. What breaks a rule is a warning where the policy is advisory, and for a release that comes back.
 *
 * @param goesBack whether it does; asked once the resources are made.
 * @throws pulumi.RunError naming all breaches, where the policy is mandatory.
 */
export function createPolicyInspection(policy: PolicySettings, goesBack: () => boolean): Inspect {
  const told = new Set<PolicyException>();
  let isFirst = true;
  return async (made) => {
    const settings: PolicySettings = goesBack() ? { ...policy, level: "advisory" } : policy;
    const judged = await Promise.all(made.map(judgeNow));
    const breaches = judged.flatMap((each) => each.breaches);
    const isKept = report(breaches, settings, told);
    if (isFirst) {
      isFirst = false;
      tellOfIdleExceptions(judged, settings, told);
      if (isKept) void pulumi.log.info(`policy: every resource keeps it (${settings.level})`);
    }
    const open = new Map(judged.map(({ one, open: rules }) => [one, rules]));
    return async (one) => {
      const rules = open.get(one) ?? [];
      if (rules.length === 0) return;
      const { breaches: late } = judgeInputs(one, await knownLater(one.inputs), rules);
      report(late, settings, told);
    };
  };
}

async function judgeNow(one: MadeResource): Promise<Judged> {
  return { one, ...judgeInputs(one, await knownNow(one.inputs)) };
}

function judgeInputs(one: MadeResource, { props, secrets }: KnownInputs, rules?: readonly Rule[]) {
  const resource: NamedResource = { ...one, type: typeOf(one), props };
  const { breaches, open } = judge(resource, rules);
  const hide = (says: string) =>
    secrets.reduce((text, secret) => text.replaceAll(secret, "[secret]"), says);
  return { breaches: breaches.map((each) => ({ ...each, says: hide(each.says) })), open };
}

/** Says what is broken, and by which exceptions it may be. Answers whether nothing else is. */
function report(
  breaches: readonly Breach[],
  { level, exceptions, file }: PolicySettings,
  told: Set<PolicyException>,
): boolean {
  const { refused, used } = sortOut(breaches, exceptions, new Date());
  for (const exception of used) {
    if (told.has(exception)) continue;
    told.add(exception);
    const { resource, rule, expires, reason, owner } = exception;
    void pulumi.log.info(
      `policy: ${resource} may break ${rule} until ${expires}: ${reason} (${owner})`,
    );
  }
  if (refused.length === 0) return true;
  const text = [
    `policy (${level}): ${refused.length === 1 ? "1 breach" : `${refused.length} breaches`}:`,
    ...refused.map((breach) => `  ${describeBreach(breach)}`),
    `mend them, or name exceptions in ${file ?? "a file, by maestro:policy.exceptions"}`,
  ].join("\n");
  if (level === "mandatory") throw new pulumi.RunError(text);
  void pulumi.log.warn(text);
  return false;
}

/** Names exceptions that let nothing pass, so that they are removed. */
function tellOfIdleExceptions(
  judged: readonly Judged[],
  { exceptions, file }: PolicySettings,
  used: ReadonlySet<PolicyException>,
): void {
  const isOpen = (exception: PolicyException) =>
    judged.some(({ one, open }) =>
      open.some(({ name: rule }) =>
        isAbout(exception, { rule, resource: `${typeOf(one)}::${one.name}` }),
      ),
    );
  const isNeeded = (exception: PolicyException) => used.has(exception) || isOpen(exception);
  describeIdle(exceptions, file ?? "", isNeeded, new Date()).forEach(
    (line) => void pulumi.log.warn(`policy: ${line}`),
  );
}

function typeOf({ type }: MadeResource): string {
  return INSIDE[type] ?? type;
}
