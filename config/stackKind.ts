import type { PolicyLevel } from "../rules/policyRules";

/**
 * What a stack is for: `local`, tried on this machine alone; `shared`, used by others; `production`, shared and with
 * secrets that hang on no passphrase.
 */
export const STACK_KINDS = ["local", "shared", "production"] as const;

export type StackKind = (typeof STACK_KINDS)[number];

/** Stacks whose names say what they are for; every other stack is shared unless `maestro:kind` says otherwise. */
const KIND_BY_NAME: ReadonlyMap<string, StackKind> = new Map([
  ["development", "local"],
  ["production", "production"],
]);

/**
 * The kind of a stack.
 *
 * @param given the stack's `maestro:kind`; anything except a kind counts as left out, and the schema refuses it.
 */
export function stackKind(stack: string, given: unknown): StackKind {
  return STACK_KINDS.find((kind) => kind === given) ?? KIND_BY_NAME.get(stack) ?? "shared";
}

/** Where a stack keeps its records unless it says otherwise; relative to the project if `isHere`. */
export function defaultDirectory(project: string, stack: string, isHere: boolean): string {
  return isHere ? `.maestro/${stack}` : `/var/lib/maestro/${project}-${stack}`;
}

/**
 * Where files of secrets lie unless the stack says otherwise: in memory. On a developer's machine, which may be a
 * container itself, only /dev/shm is that for certain.
 */
export function defaultSecretsDirectory(kind: StackKind): string {
  return kind === "local" ? "/dev/shm/maestro" : "/run/maestro";
}

/** How long a set must stay well before users get it, unless the stack says otherwise. */
export function defaultStabilizeSeconds(kind: StackKind): number {
  return kind === "local" ? 0 : 30;
}

/** How long a new release is watched unless the stack says otherwise: where users are, long enough to see what they get. */
export function defaultBakeSeconds(kind: StackKind): number {
  return kind === "local" ? 0 : 60;
}

/** What becomes of a breach of the policy unless the stack says otherwise. */
export function defaultPolicyLevel(kind: StackKind): PolicyLevel {
  return kind === "local" ? "advisory" : "mandatory";
}
