import { holdsUnknown, isEqual, isRecord, type Properties, type Value } from "../rpc/values";
import type { Diff, DiffKind } from "./resourceType";
import { DEFAULTS, isEmpty, type Property, type Schema } from "./schema";

type Change = "ADD" | "DELETE" | "UPDATE";
type Report = (path: string, change: Change, isUpdate?: boolean) => void;

/**
 * Compares the recorded state with checked inputs by the rules of Terraform's SDK, which the official docker plugin is
 * built on: what the provider fills in and the program leaves out is no change, empty equals absent, sets have no order.
 */
export function diffBySchema(schema: Schema, state: Properties, inputs: Properties): Diff {
  const details: Record<string, DiffKind> = {};
  for (const [name, property] of Object.entries(schema)) {
    const report: Report = (path, change, isUpdate = false) => {
      details[path] = property.replaces === true && !isUpdate ? `${change}_REPLACE` : change;
    };
    diffProperty(property, name, state[name], inputs[name], report);
  }
  const changed = new Set(Object.keys(details).map((path) => path.split(/[.[]/)[0]));
  const stables = Object.keys(schema).filter(
    (name) => schema[name]?.replaces === true && !changed.has(name),
  );
  return { details, stables, deleteBeforeReplace: true };
}

function diffProperty(
  property: Property,
  path: string,
  old: Value | undefined,
  given: Value | undefined,
  report: Report,
): void {
  const wanted = given ?? property.default;
  if (wanted === undefined) {
    diffAbsent(property, path, old, report);
  } else if (property.emptyIsUnset === true && isEmpty(wanted)) {
    return;
  } else if (holdsUnknown(wanted)) {
    report(path, isEmpty(old) ? "ADD" : "UPDATE");
  } else if (!isSame(property, old, wanted)) {
    diffPresent(property, path, old ?? null, wanted, report);
  }
}

function diffAbsent(property: Property, path: string, old: Value | undefined, report: Report) {
  if (property.computed === true || property.output === true) {
    // A list the provider never filled in (a create that failed half-way) counts as still to come.
    if (property.kind === "list" && (old === undefined || old === null)) {
      report(path, "ADD");
    }
  } else if (property.emptyIsUnset !== true && !isEmpty(old)) {
    report(path, "DELETE");
  }
}

function diffPresent(
  property: Property,
  path: string,
  old: Value,
  wanted: Value,
  report: Report,
): void {
  const isScalar = typeof wanted !== "object";
  if (old === null || (isEmpty(old) && !isScalar)) {
    report(path, "ADD");
  } else if (isEmpty(wanted) && !isScalar) {
    report(path, "DELETE");
  } else if (property.kind === "list" && Array.isArray(old) && Array.isArray(wanted)) {
    diffList(property.of, path, old as Value[], wanted as Value[], report);
  } else if (property.kind === "set" && Array.isArray(old) && Array.isArray(wanted)) {
    if (property.whole === true) {
      const isUpdate = property.replacesByCount === true && isUpdateOf(property.of, old, wanted);
      report(path, "UPDATE", isUpdate);
    } else {
      diffSet(property.of, path, old as Value[], wanted as Value[], report);
    }
  } else if (property.kind === "object" && isRecord(old) && isRecord(wanted)) {
    for (const [name, field] of Object.entries(property.fields)) {
      diffProperty(field, `${path}.${name}`, old[name], wanted[name], report);
    }
  } else if (property.kind === "map" && isRecord(old) && isRecord(wanted)) {
    diffMap(path, old, wanted, report);
  } else {
    report(path, "UPDATE");
  }
}

function diffList(of: Property, path: string, old: Value[], wanted: Value[], report: Report) {
  for (let index = 0; index < Math.max(old.length, wanted.length); index += 1) {
    const place = `${path}[${index}]`;
    if (index >= old.length) {
      report(place, "ADD");
    } else if (index >= wanted.length) {
      report(place, "DELETE");
    } else {
      diffProperty(of, place, old[index], wanted[index], report);
    }
  }
}

function diffSet(of: Property, path: string, old: Value[], wanted: Value[], report: Report) {
  const { left: removed, right: added } = unmatched(of, old, wanted);
  added.forEach((index, position) => {
    const was = removed[position];
    if (was === undefined) {
      report(`${path}[${index}]`, "ADD");
    } else {
      diffProperty(of, `${path}[${index}]`, old[was], wanted[index], report);
    }
  });
  for (const index of removed.slice(added.length)) {
    report(`${path}[${index}]`, "DELETE");
  }
}

/** Whether elements differ, and neither their number nor what replaces in them does. */
function isUpdateOf(of: Property, old: readonly Value[], wanted: readonly Value[]): boolean {
  const { left, right } = unmatched(of, [...old], [...wanted]);
  const changed = [...left.map((index) => old[index]), ...right.map((index) => wanted[index])];
  return left.length === right.length && !changed.some((element) => holdsReplacing(of, element));
}

function holdsReplacing(property: Property, value: Value | undefined): boolean {
  if (isEmpty(value)) return false;
  if (property.kind !== "object" || !isRecord(value)) return property.replaces === true;
  const inside = Object.entries(property.fields);
  return property.replaces === true || inside.some(([name, it]) => holdsReplacing(it, value[name]));
}

function diffMap(path: string, old: Properties, wanted: Properties, report: Report) {
  for (const key of new Set([...Object.keys(old), ...Object.keys(wanted)])) {
    const place = `${path}[${JSON.stringify(key)}]`;
    if (key === DEFAULTS || isEqual(old[key], wanted[key])) {
      continue;
    }
    report(place, old[key] === undefined ? "ADD" : wanted[key] === undefined ? "DELETE" : "UPDATE");
  }
}

/** Whether the state already is what the inputs ask for. */
export function isSame(
  property: Property,
  old: Value | undefined,
  given: Value | undefined,
): boolean {
  const wanted = given ?? property.default ?? null;
  if (isEmpty(wanted) && (isEmpty(old) || (given ?? null) === null)) {
    return isEmpty(old) || property.computed === true || property.emptyIsUnset === true;
  }
  if (property.kind === "object" && isRecord(old) && isRecord(wanted)) {
    return Object.entries(property.fields).every(([name, field]) =>
      isSame(field, old[name], wanted[name]),
    );
  }
  if ((property.kind === "list" || property.kind === "set") && Array.isArray(old)) {
    return Array.isArray(wanted) && isSameCollection(property, old as Value[], wanted as Value[]);
  }
  return isEqual(old, wanted);
}

function isSameCollection(
  property: { readonly kind: "list" | "set"; readonly of: Property },
  old: Value[],
  wanted: Value[],
): boolean {
  if (old.length !== wanted.length) {
    return false;
  }
  return property.kind === "list"
    ? old.every((item, index) => isSame(property.of, item, wanted[index]))
    : unmatched(property.of, old, wanted).right.length === 0;
}

/** Indexes of elements that have no equal on the other side. */
function unmatched(of: Property, old: Value[], wanted: Value[]) {
  const left = old.map((_, index) => index);
  const right: number[] = [];
  wanted.forEach((item, index) => {
    const position = left.findIndex((candidate) => isSame(of, old[candidate], item));
    if (position === -1) {
      right.push(index);
    } else {
      left.splice(position, 1);
    }
  });
  return { left, right };
}
