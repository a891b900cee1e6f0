import type { PolicyRule } from "../rules/policyRules";

/** A resource as a program asks for it. */
export interface CheckedResource {
  readonly type: string;
  /** Inputs. To read one that is known only after the update may throw: the rule is then checked in the update. */
  readonly props: Readonly<Record<string, unknown>>;
  readonly protect: boolean;
}

/** What must hold for every resource, in any program that the pack is used with. */
export interface Rule {
  /** Lower case with hyphens: how violations are called. */
  readonly name: PolicyRule;
  readonly description: string;
  /** @returns what breaks the rule and the way out, a line each; empty: the resource keeps it. */
  readonly check: (resource: CheckedResource) => string[];
}

/** Ports that the whole world may reach. */
export const WEB_PORTS = [80, 443];

/** A list, or an empty one for what is none. */
export function list(value: unknown): unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

/** The texts of a list. */
export function texts(value: unknown): string[] {
  return list(value).filter((it) => typeof it === "string");
}

/** An object, or an empty one for what is none. */
export function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
