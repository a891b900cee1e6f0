import type { Value } from "../rpc/values";

interface Common {
  /** A change needs a new resource. */
  readonly replaces?: true;
  /** The provider fills it in when the program does not; leaving it out is then no change. */
  readonly computed?: true;
  /** Given by the provider only; the program cannot set it. */
  readonly output?: true;
  readonly required?: true;
  readonly default?: Value;
  /** Empty means "as the image says", so it is no change either. */
  readonly emptyIsUnset?: true;
}

interface Text extends Common {
  readonly kind: "string";
  readonly pattern?: RegExp;
}

interface Plain extends Common {
  readonly kind: "integer" | "boolean" | "map" | "any";
}

interface Elements extends Common {
  readonly kind: "list" | "set";
  readonly of: Property;
  /** A change inside is shown as a change of the whole. */
  readonly whole?: true;
  /** Only another number of elements replaces, and in an element what itself says so; other changes are updates. */
  readonly replacesByCount?: true;
}

interface Fields extends Common {
  readonly kind: "object";
  readonly fields: Schema;
}

/** One property of a resource type: its shape, and what a change of it means. */
export type Property = Text | Plain | Elements | Fields;

/** A resource type's properties by name. */
export type Schema = Readonly<Record<string, Property>>;

/** How an object lists the properties that hold defaults; Pulumi's bridged providers keep it in the inputs. */
export const DEFAULTS = "__defaults";

type Rules = Omit<Common, "kind">;

export const text = (rules: Rules & { pattern?: RegExp } = {}): Property => ({
  kind: "string",
  ...rules,
});
export const integer = (rules: Rules = {}): Property => ({ kind: "integer", ...rules });
export const boolean = (rules: Rules = {}): Property => ({ kind: "boolean", ...rules });
export const map = (rules: Rules = {}): Property => ({ kind: "map", ...rules });
export const list = (of: Property, rules: Rules = {}): Property => ({ kind: "list", of, ...rules });
export const set = (
  of: Property,
  rules: Rules & { whole?: true; replacesByCount?: true } = {},
): Property => ({
  kind: "set",
  of,
  ...rules,
});
export const object = (fields: Schema, rules: Rules = {}): Property => ({
  kind: "object",
  fields,
  ...rules,
});

/** Whether a value says nothing: Docker and Terraform treat null, "", 0, false and empty collections alike. */
export function isEmpty(value: Value | undefined): boolean {
  if (value === undefined || value === null || value === "" || value === 0 || value === false) {
    return true;
  }
  if (Array.isArray(value)) {
    return value.length === 0;
  }
  return typeof value === "object" && Object.keys(value).every((key) => key === DEFAULTS);
}
