import { readFileSync } from "node:fs";

/** The operation's input: one JSON document on standard input, written by the component that runs it. */
export function readInput<T>(): T {
  return JSON.parse(readFileSync(0, "utf8")) as T;
}

/** Seconds since `start` (from `performance.now()`), for people. */
export function elapsed(start: number): string {
  return `${((performance.now() - start) / 1000).toFixed(2)} s`;
}

/** Resolves after the given time. */
export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
