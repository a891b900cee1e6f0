import { Struct } from "google-protobuf/google/protobuf/struct_pb";

/** A property value as the engine sends it: JSON, where secrets are marked objects and unknown values a fixed string. */
export type Value =
  null | boolean | number | string | readonly Value[] | { readonly [key: string]: Value };

/** A resource's inputs or outputs. */
export type Properties = Readonly<Record<string, Value>>;

/** Stands for a value that is known only after the update. Fixed by Pulumi's wire format. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const SIGNATURE_KEY = "4dabf18193072939515e22adb298388d";
const SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270";

/** Whether `value` is an object with keys, and neither null nor a list. */
export function isRecord(value: unknown): value is Readonly<Record<string, Value>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSecret(value: Value | undefined): value is { readonly value: Value } {
  return isRecord(value) && value[SIGNATURE_KEY] === SECRET_SIGNATURE;
}

/** Marks a value so that the engine encrypts it in the state. */
export function asSecret(value: Value): Value {
  return { [SIGNATURE_KEY]: SECRET_SIGNATURE, value };
}

/** The value without any secret marks, at any depth. */
export function reveal(value: Value): Value {
  if (isSecret(value)) {
    return reveal(value.value);
  }
  if (Array.isArray(value)) {
    return value.map(reveal);
  }
  return isRecord(value) ? revealAll(value) : value;
}

/** All properties without secret marks. */
export function revealAll(properties: Properties): Record<string, Value> {
  return Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, reveal(value)]));
}

/** Whether a secret is anywhere inside. */
export function holdsSecret(value: Value | undefined): boolean {
  if (isSecret(value)) {
    return true;
  }
  if (Array.isArray(value)) {
    return value.some(holdsSecret);
  }
  return isRecord(value) && Object.values(value).some(holdsSecret);
}

/** Whether anything inside becomes known only during the update. */
export function holdsUnknown(value: Value | undefined): boolean {
  if (value === UNKNOWN) {
    return true;
  }
  if (Array.isArray(value)) {
    return value.some(holdsUnknown);
  }
  return isRecord(value) && Object.values(value).some(holdsUnknown);
}

/** Deep equality of values without secret marks; the order of an object's keys does not matter. */
export function isEqual(a: Value | undefined, b: Value | undefined): boolean {
  if (a === b) {
    return true;
  }
  if (Array.isArray(a) && Array.isArray(b)) {
    return (
      a.length === b.length && a.every((item: Value, index) => isEqual(item, b[index] as Value))
    );
  }
  if (isRecord(a) && isRecord(b)) {
    const keys = Object.keys(a);
    return keys.length === Object.keys(b).length && keys.every((key) => isEqual(a[key], b[key]));
  }
  return false;
}

/** Reads a protobuf struct; an absent one is empty. */
export function fromStruct(struct: Struct | undefined): Record<string, Value> {
  return struct?.toJavaScript() ?? {};
}

/** Writes a protobuf struct. */
export function toStruct(properties: Properties): Struct {
  return Struct.fromJavaScript(properties);
}
