import { isEqual, isRecord, type Value } from "../../rpc/values";

/** A JSON document as text; programs may give it as an object too. */
export function documentText(value: Value): Value {
  return isRecord(value) ? JSON.stringify(withoutNotes(value)) : value;
}

/**
 * Whether two policy documents mean the same: the order of keys and of lists does not count, and a list of one is as
 * good as the value alone. Text that is no JSON equals only itself.
 */
export function isSameDocument(a: Value | undefined, b: Value | undefined): boolean {
  if (typeof a !== "string" || typeof b !== "string") return a === b;
  try {
    return isEqual(reduce(JSON.parse(a) as Value), reduce(JSON.parse(b) as Value));
  } catch {
    return a === b;
  }
}

function reduce(value: Value): Value {
  if (Array.isArray(value)) {
    const items = value.map((item: Value) => reduce(item));
    if (items.length === 1) return items[0] ?? null;
    return items.sort((x, y) => (JSON.stringify(x) < JSON.stringify(y) ? -1 : 1));
  }
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, reduce(value[key] ?? null)]),
  );
}

/** Without what the engine writes into objects for itself. */
function withoutNotes(value: Value): Value {
  if (Array.isArray(value)) return value.map((item: Value) => withoutNotes(item));
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !key.startsWith("__"))
      .map(([key, entry]) => [key, withoutNotes(entry)]),
  );
}
