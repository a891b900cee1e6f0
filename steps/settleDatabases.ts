import type { OperationInput } from "../rules/stepInput";
import { readInput } from "./shared/input";
import { withHands } from "./shared/withHands";

/**
 * Runs when a set is emptied without another release in its place: takes away its logins. The host's records tell what
 * exists, so it touches nothing that serves or may serve again, whoever runs it and when.
 */
export function main(): Promise<void> {
  const input = readInput<OperationInput>("settleDatabases");
  return withHands(input, (hands) => hands.settle());
}
