/** The rules of the policy pack by name: exceptions name them. */
export const POLICY_RULES = [
  "image-by-digest",
  "no-privilege",
  "no-host-namespace",
  "no-host-access",
  "read-only-root",
  "limits",
  "published-ports",
  "restarts",
  "protected-data",
  "repository",
  "secret-recovery",
  "log-retention",
  "least-privilege",
  "no-access-keys",
  "role-trust",
  "no-public-access",
  "open-network",
] as const;

export type PolicyRule = (typeof POLICY_RULES)[number];

/** `advisory`: a breach is told; `mandatory`: it stops the preview and the update. */
export const POLICY_LEVELS = ["advisory", "mandatory"] as const;

export type PolicyLevel = (typeof POLICY_LEVELS)[number];

/** A rule that resources may break for a while. */
export interface PolicyException {
  readonly rule: PolicyRule;
  /** `<type>::<name>`; `*` stands for any characters. */
  readonly resource: string;
  readonly reason: string;
  readonly owner: string;
  /** From then on it holds no more; at most 90 days ahead. `2026-12-20T00:00`, UTC. */
  readonly expires: string;
}

/** Whether a stack's resources are checked by the program itself, and how strictly. */
export interface PolicySettings {
  readonly level: PolicyLevel;
  /** File of the exceptions, in the project; null: there are none. */
  readonly file: string | null;
  readonly exceptions: readonly PolicyException[];
}
