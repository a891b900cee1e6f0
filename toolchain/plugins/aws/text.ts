import type { Value } from "../../rpc/values";

/** A checked input or recorded output that holds text; "" where there is none. */
export function textOf(value: Value | undefined): string {
  return typeof value === "string" ? value : "";
}

/** A checked list of texts. */
export function textsOf(value: Value | undefined): string[] {
  return Array.isArray(value) ? value.map((item: Value) => textOf(item)) : [];
}
