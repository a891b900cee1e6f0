import * as z from "zod/mini";

/** A regular expression of JavaScript's. */
export function expressionSchema(example: string) {
  const error = `must be a regular expression; such as ${example}`;
  return z
    .string({ error: "must be a regular expression" })
    .check(z.refine(isExpression, { error }));
}

function isExpression(value: string): boolean {
  try {
    return value !== "" && new RegExp(value) instanceof RegExp;
  } catch {
    return false;
  }
}
