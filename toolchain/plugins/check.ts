import { isRecord, UNKNOWN, type Properties, type Value } from "../rpc/values";
import type { CheckFailure } from "./resourceType";
import { DEFAULTS, type Property, type Schema } from "./schema";

/** Checks inputs against a schema and fills in defaults, which it lists in `__defaults` as the official plugins do. */
export function checkInputs(
  schema: Schema,
  inputs: Properties,
  typeName: string,
): { inputs: Record<string, Value>; failures: CheckFailure[] } {
  const failures: CheckFailure[] = [];
  const checked = checkFields(schema, inputs, "", failures, typeName);
  return { inputs: checked, failures };
}

/** The inputs without those that an earlier check filled in. */
export function withoutDefaults(inputs: Properties): Record<string, Value> {
  const defaults = inputs[DEFAULTS];
  const filled = Array.isArray(defaults) ? defaults : [];
  return Object.fromEntries(
    Object.entries(inputs).filter(([key]) => key !== DEFAULTS && !filled.includes(key)),
  );
}

function checkFields(
  schema: Schema,
  inputs: Properties,
  prefix: string,
  failures: CheckFailure[],
  typeName: string,
): Record<string, Value> {
  const given = withoutDefaults(inputs);
  const checked: Record<string, Value> = {};
  for (const [name, value] of Object.entries(given)) {
    const property = schema[name];
    if (property === undefined || property.output === true) {
      failures.push({
        property: `${prefix}${name}`,
        reason: `${prefix}${name}: not supported for ${typeName} by this stand-in plugin; remove it or install the official plugin`,
      });
    } else if (value !== null) {
      checked[name] = checkValue(property, value, `${prefix}${name}`, failures, typeName);
    }
  }
  const filled: string[] = [];
  for (const [name, property] of Object.entries(schema)) {
    if (checked[name] !== undefined) {
      continue;
    }
    if (property.default !== undefined) {
      checked[name] = property.default;
      filled.push(name);
    } else if (property.required === true) {
      const path = `${prefix}${name}`;
      failures.push({ property: path, reason: `${path}: is required; set it` });
    }
  }
  return { ...checked, [DEFAULTS]: filled.sort() };
}

function checkValue(
  property: Property,
  value: Value,
  path: string,
  failures: CheckFailure[],
  typeName: string,
): Value {
  if (value === UNKNOWN) {
    return value;
  }
  if (!hasShape(property, value)) {
    // Never the value itself: it may be a secret.
    const reason = `${path}: must be ${describe(property)}, got ${typeOf(value)}`;
    failures.push({ property: path, reason });
    return value;
  }
  if ((property.kind === "list" || property.kind === "set") && Array.isArray(value)) {
    return value.map((item: Value, index) =>
      checkValue(property.of, item, `${path}[${index}]`, failures, typeName),
    );
  }
  if (property.kind === "object" && isRecord(value)) {
    return checkFields(property.fields, value, `${path}.`, failures, typeName);
  }
  return value;
}

function hasShape(property: Property, value: Value): boolean {
  switch (property.kind) {
    case "string":
      return typeof value === "string" && (property.pattern?.test(value) ?? true);
    case "integer":
      return Number.isInteger(value);
    case "boolean":
      return typeof value === "boolean";
    case "list":
    case "set":
      return Array.isArray(value);
    case "map":
      return isRecord(value) && Object.values(value).every((item) => typeof item === "string");
    case "object":
      return isRecord(value);
    case "any":
      return true;
  }
}

function describe(property: Property): string {
  if (property.kind === "string" && property.pattern !== undefined) {
    return `a string that matches ${property.pattern.source}`;
  }
  const names = { string: "a string", integer: "an integer", boolean: "a boolean", any: "a value" };
  const collections = {
    list: "a list",
    set: "a list",
    map: "a map of strings",
    object: "an object",
  };
  return { ...names, ...collections }[property.kind];
}

function typeOf(value: Value): string {
  return Array.isArray(value) ? "list" : value === null ? "null" : typeof value;
}
