import { isRecord, UNKNOWN, type Properties, type Value } from "../rpc/values";
import { isSame } from "./diff";
import { DEFAULTS, isEmpty, type Property, type Schema } from "./schema";

/**
 * A resource's outputs as far as inputs decide them. What the provider fills in comes from `state`, or is `missing`
 * where there is no state yet: {@link UNKNOWN} in a preview, null after a create that failed.
 */
export function plannedOutputs(
  schema: Schema,
  inputs: Properties,
  state: Properties | null,
  missing: typeof UNKNOWN | null,
): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(schema).map(([name, property]): [string, Value] => {
      const value = inputs[name] ?? property.default;
      if (value !== undefined && value !== null) {
        return [name, normalized(property, value)];
      }
      const isFilledIn = property.computed === true || property.output === true;
      if (state === null) {
        return [name, isFilledIn ? missing : null];
      }
      // Empty values are how a read writes "none"; keeping them spares the user a screenful of changes that are none.
      const old = state[name] ?? null;
      return [name, isFilledIn || isEmpty(old) ? old : null];
    }),
  );
}

/** A value as it is kept in the state: fields filled up, sets of text sorted, no note of defaults. */
function normalized(property: Property, value: Value): Value {
  if (property.kind === "object" && isRecord(value)) {
    return Object.fromEntries(
      Object.entries(property.fields).map(([name, field]): [string, Value] => {
        const inner = value[name] ?? field.default ?? null;
        return [name, inner === null ? null : normalized(field, inner)];
      }),
    );
  }
  if ((property.kind === "list" || property.kind === "set") && Array.isArray(value)) {
    const items = value.map((item: Value) => normalized(property.of, item));
    const isSortable = property.kind === "set" && items.every((item) => typeof item === "string");
    return isSortable ? items.sort() : items;
  }
  return value;
}

/** The inputs that describe what a read found: the recorded ones where they still hold, else what is there now. */
export function inputsFromState(
  schema: Schema,
  state: Properties,
  inputs: Properties,
): Record<string, Value> {
  const isImport = Object.keys(inputs).length === 0;
  if (isImport) {
    return importedInputs(schema, state);
  }
  return Object.fromEntries(
    Object.entries(inputs).map(([name, input]): [string, Value] => {
      const property = schema[name];
      const holds = property === undefined || isSame(property, state[name], input);
      return [name, holds ? input : (state[name] ?? null)];
    }),
  );
}

function importedInputs(schema: Schema, state: Properties): Record<string, Value> {
  const given = Object.entries(schema).filter(
    ([name, property]) =>
      property.output !== true &&
      !isEmpty(state[name]) &&
      (property.default === undefined || !isSame(property, state[name], undefined)),
  );
  return {
    ...Object.fromEntries(given.map(([name]) => [name, state[name] ?? null])),
    [DEFAULTS]: [],
  };
}
