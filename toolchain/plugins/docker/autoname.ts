import type { Properties, Value } from "../../rpc/values";
import { checkInputs, withoutDefaults } from "../check";
import type { CheckFailure } from "../resourceType";
import { DEFAULTS, type Schema } from "../schema";

/**
 * Checks inputs, and makes up a name where the program gives none: the one made up before, else the logical name and
 * `suffix`.
 */
export function checkNamed(
  schema: Schema,
  typeName: string,
  { inputs, olds, name, suffix }: NamedInputs,
): { inputs: Record<string, Value>; failures: CheckFailure[] } {
  const given = withoutDefaults(inputs);
  if (given.name !== undefined && given.name !== null) {
    return checkInputs(schema, given, typeName);
  }
  const old = hasMadeUpName(olds) ? olds.name : undefined;
  const checked = checkInputs(schema, { ...given, name: old ?? `${name}-${suffix}` }, typeName);
  const defaults = [...(checked.inputs[DEFAULTS] as string[]), "name"].sort();
  return { ...checked, inputs: { ...checked.inputs, [DEFAULTS]: defaults } };
}

interface NamedInputs {
  readonly inputs: Properties;
  readonly olds: Properties;
  /** Logical name. */
  readonly name: string;
  readonly suffix: string;
}

/** Whether a check made the name up, so that an old and a new resource can be there at once. */
export function hasMadeUpName(inputs: Properties): boolean {
  const defaults = inputs[DEFAULTS];
  return Array.isArray(defaults) && defaults.includes("name");
}
