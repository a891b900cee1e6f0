import * as pulumi from "@pulumi/pulumi";
import { ACCESS_FILE } from "../config/accessFile";
import { changeOrigin } from "../config/changeOrigin";
import { changePlace } from "../config/changePlace";
import { instanceRoot } from "../config/project";
import type { Admission } from "../gates/access";
import { takeOver } from "../records/takeOver";
import { PlanError } from "../release/rolloutPlan";
import { isEnough } from "../rules/access/roles";
import type { Look } from "./lookBefore";

/**
 * Whether who makes this update may, by the project's access.yaml. In a preview it is only said: to look is everybody's.
 *
 * @param root the project's directory.
 * @returns null: the project has no such file.
 * @throws pulumi.RunError before anything is touched, to who is no operator.
 */
export async function admitUpdate(root: string = instanceRoot()): Promise<Admission | null> {
  const { admit } = await import("../gates/access");
  try {
    const stack = pulumi.getStack();
    return await admit(root, { what: "an update", stack, needs: "operator" });
  } catch (error) {
    const { message } = error as Error;
    if (!pulumi.runtime.isDryRun()) throw new pulumi.RunError(message);
    void pulumi.log.warn(`the update would be refused: ${message}`);
    return null;
  }
}

/**
 * Before a stack's first release, which has no record yet that could say who passed access.yaml.
 *
 * @throws pulumi.RunError to who has not the role.
 */
export function requireRole(admission: Admission | null): void {
  if (admission === null || admission.brokeGlass === null || pulumi.runtime.isDryRun()) return;
  throw new pulumi.RunError(
    `an update of a stack without a release: needs the role operator, got ${admission.caller} without it; there is no ` +
      `record yet for why, and nothing that serves`,
  );
}

/**
 * Whether a gate may be passed by `maestro:override`.
 *
 * @throws PlanError to who is no admin of the project's access.yaml.
 */
export function requireForOverride(admission: Admission | null): void {
  if (admission === null || admission.brokeGlass !== null) return;
  const { caller, roles } = admission;
  if (isEnough(new Set(roles), "admin")) return;
  throw new PlanError(
    `maestro:override: needs the role admin, got ${roles.join(" and ")} for ${caller}; ${ACCESS_FILE} says who has it`,
  );
}

/**
 * Puts on record that the update is made without the role, before it touches anything.
 *
 * @throws Error where the record cannot be written: what nobody can read about later is not let pass.
 */
export async function noteBrokenGlass(
  { admission, sight: { records } }: Look,
  release: string,
): Promise<void> {
  if (admission === null || admission.brokeGlass === null) return;
  const { caller, roles, access, brokeGlass } = admission;
  void pulumi.log.warn(`access.yaml is passed by ${caller}: ${brokeGlass}`);
  const origin = changeOrigin(() => undefined);
  await takeOver(records, () => origin);
  await records.events.append({
    ...{ kind: "access overridden", release, command: "update", reason: brokeGlass },
    ...{ caller, roles, ...(access === null ? {} : { access }) },
    ...{ where: changePlace(), ...origin },
  });
}
