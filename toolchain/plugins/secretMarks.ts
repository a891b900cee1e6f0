import { asSecret, holdsSecret, isEqual, reveal, type Properties, type Value } from "../rpc/values";
import type { ResourceType } from "./resourceType";

/** Gives values that came through a check or read unchanged their secret marks back, exactly; changed ones as a whole. */
export function keepMarks(values: Properties, wire: Properties, state: Properties): Properties {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]): [string, Value] => {
      const marked = wire[key];
      if (marked !== undefined && isEqual(reveal(marked), value)) {
        return [key, marked];
      }
      return [key, holdsSecret(marked) || holdsSecret(state[key]) ? asSecret(value) : value];
    }),
  );
}

/**
 * Marks outputs that repeat secret inputs, or were secret before. A whole property at a time: Docker sorts lists and
 * splits maps, so the place of a secret inside is not the same on both sides.
 */
export function markSecrets(
  type: ResourceType,
  outputs: Properties,
  inputs: Properties,
  state: Properties,
): Properties {
  const anySecret = Object.values(inputs).some(holdsSecret);
  const isSecret = (key: string) =>
    holdsSecret(inputs[key]) ||
    holdsSecret(state[key]) ||
    (anySecret && type.derivedOutputs.includes(key));
  return Object.fromEntries(
    Object.entries(outputs).map(([key, value]): [string, Value] => [
      key,
      isSecret(key) ? asSecret(value) : value,
    ]),
  );
}
