import { plainText } from "../../rules/plainText";
import type { Unfit } from "../../targets/hands";

/** Prints why a set is not fit to serve, with the log lines that tell. */
export function report({ says, logs }: Unfit): void {
  console.error(says);
  if (logs.length === 0) return;
  console.error(`last ${logs.length} log lines:`);
  // With a mark in front: a line that begins with "::" would be a command to some CI systems.
  for (const line of logs) console.error(`  | ${plainText(line)}`);
}
