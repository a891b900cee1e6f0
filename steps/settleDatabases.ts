import { withHost } from "../host/connectHost";
import type { OperationInput } from "../rules/stepInput";
import { settleLogins } from "./databases/settle";
import { readInput } from "./shared/input";

/**
 * Runs when a set is emptied without another release in its place: takes away its logins. The host's records tell what
 * exists, so it touches nothing that serves or may serve again, whoever runs it and when.
 */
export function main(): Promise<void> {
  const input = readInput<OperationInput>("settleDatabases");
  return withHost(input.host, (host) => settleLogins(host, input));
}
