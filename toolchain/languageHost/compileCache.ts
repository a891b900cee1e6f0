import type { RuntimeOptions } from "./options";

/** Arguments for node that make a program start from compiled code; none so far. */
export function compileCacheArguments(_options: RuntimeOptions): string[] {
  return [];
}
