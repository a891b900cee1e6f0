import type { Properties, Value } from "../../rpc/values";

const MEGABYTE = 1024 * 1024;

/** A part of a request to the engine. */
export type Json = Record<string, unknown>;

/** One element of a list of objects. */
export type Entry = Readonly<Record<string, Value>>;

/** A scalar as text; empty for what is none. */
export function toText(value: Value | undefined): string {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? String(value)
    : "";
}

/** Checked inputs, read with the types the schema guarantees. */
export function reader(inputs: Properties) {
  return {
    text: (name: string): string | undefined => (inputs[name] as string | null) || undefined,
    number: (name: string): number | undefined => (inputs[name] as number | null) ?? undefined,
    flag: (name: string): boolean => inputs[name] === true,
    texts: (name: string): string[] => (inputs[name] as string[] | null) ?? [],
    map: (name: string): Record<string, string> =>
      (inputs[name] as Record<string, string> | null) ?? {},
    entries: (name: string): Entry[] => (inputs[name] as Entry[] | null) ?? [],
    entry: (name: string): Entry | undefined => (inputs[name] as Entry | null) ?? undefined,
  };
}

/** Labels as Docker keeps them. */
export function labelMap(labels: readonly Entry[]): Record<string, string> | undefined {
  return someMap(
    Object.fromEntries(labels.map(({ label, value }) => [toText(label), toText(value)])),
  );
}

/** Docker counts memory in bytes, Terraform in megabytes; -1 means no limit in both. */
export function megabytes(value: number | undefined): number | undefined {
  return value === undefined || value <= 0 ? value : value * MEGABYTE;
}

/** The list, or nothing where it is empty: the engine's defaults apply to what is left out. */
export function some<Item>(items: Item[]): Item[] | undefined {
  return items.length === 0 ? undefined : items;
}

/** The map, or nothing where it is empty. */
export function someMap<Item>(items: Record<string, Item>): Record<string, Item> | undefined {
  return Object.keys(items).length === 0 ? undefined : items;
}

/** The fields that have a value. */
export function compact(fields: Json): Json {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
