import { readFileSync } from "node:fs";
import { findInputProblems, type STEP_SHAPES } from "../../rules/stepShapes";

/**
 * A step's input: one JSON document on standard input, written by the component that runs it.
 *
 * @throws Error naming each field that is missing or wrong, before the step has touched anything.
 */
export function readInput<T>(step: keyof typeof STEP_SHAPES): T {
  return parseInput<T>(step, readFileSync(0, "utf8"));
}

/** See {@link readInput}. */
export function parseInput<T>(step: keyof typeof STEP_SHAPES, document: string): T {
  const problems = document.trim() === "" ? ["input: is empty"] : findProblems(step, document);
  if (problems.length === 0) return JSON.parse(document) as T;
  const remedy = "an update runs this step; run `pulumi up`, not the step by hand";
  throw new Error([`${step}: got an input that it cannot take; ${remedy}`, ...problems].join("\n"));
}

function findProblems(step: keyof typeof STEP_SHAPES, document: string): string[] {
  try {
    return findInputProblems(step, JSON.parse(document));
  } catch (error) {
    return [`input: must be JSON (${error instanceof Error ? error.message : String(error)})`];
  }
}
