import type { Properties } from "../../rpc/values";
import { withoutDefaults } from "../check";
import { DEFAULTS } from "../schema";

/** Inputs with a name: the program's, else the one made up before, else the logical name and a random suffix. */
export function withName(
  inputs: Properties,
  olds: Properties,
  logicalName: string,
  suffix: string,
): Properties {
  const given = withoutDefaults(inputs);
  if (given.name !== undefined && given.name !== null) {
    return given;
  }
  const wasMadeUp = Array.isArray(olds[DEFAULTS]) && olds[DEFAULTS].includes("name");
  const name = wasMadeUp && olds.name ? olds.name : `${logicalName}-${suffix}`;
  return { ...given, name };
}
