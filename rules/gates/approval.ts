import type { CanarySettings } from "../../release/canary";
import { canonicalJson } from "../../release/release";

/** Who has to agree before a release goes out. */
export interface ApprovalSettings {
  /** How many people. */
  readonly required: number;
  /** File of the project with who may approve, as `ssh-keygen` reads it (ALLOWED SIGNERS in its manual). */
  readonly signers: string;
  /** Directory of the project with the approvals. */
  readonly directory: string;
  readonly expiresAfterHours: number;
}

/** How a release gets its users: part of what is approved. */
export interface TrafficPlan {
  readonly bakeSeconds: number;
  /** Null: all clients at once. */
  readonly canary: CanarySettings | null;
}

/** What somebody agrees to. */
export interface ApprovedPlan {
  readonly stack: string;
  /** Id of the release: the hash of all its digests and settings. */
  readonly release: string;
  /** Id of the release that serves; null: the first one. */
  readonly replaces: string | null;
  readonly traffic: TrafficPlan;
}

/** The document that somebody signs. */
export interface Approval extends ApprovedPlan {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly expiresAt: string;
}

/** Namespace of the signatures: one that was made for something else is none here. */
export const APPROVAL_NAMESPACE = "maestro-approval";

/** How much the clocks of who approves and who deploys may differ. */
const SKEW_MILLISECONDS = 5 * 60_000;

/** The document of an approval, byte for byte as it is signed. */
export function renderApproval(plan: ApprovedPlan, now: Date, hours: number): string {
  const expiresAt = new Date(now.getTime() + hours * 3_600_000).toISOString();
  return `${canonicalJson({ ...plan, at: now.toISOString(), expiresAt })}\n`;
}

/**
 * Why an approval does not count for a plan; null: it does.
 *
 * @param hours how long one counts at most, whatever it says itself.
 */
export function findApprovalProblem(
  approval: Approval,
  plan: ApprovedPlan,
  now: Date,
  hours: number,
): string | null {
  const differing = differencesOf(approval, plan);
  if (differing.length > 0) return `is for another plan: ${differing.join(", ")}`;
  const at = Date.parse(approval.at);
  const until = Math.min(Date.parse(approval.expiresAt), at + hours * 3_600_000);
  if (Number.isNaN(until)) return "names no time";
  if (at > now.getTime() + SKEW_MILLISECONDS) return `is from the future, ${approval.at}`;
  if (now.getTime() > until + SKEW_MILLISECONDS) {
    return `has expired at ${new Date(until).toISOString()}`;
  }
  return null;
}

function differencesOf(approval: ApprovedPlan, plan: ApprovedPlan): string[] {
  const names = ["stack", "release", "replaces", "traffic"] as const;
  return names.flatMap((name) => {
    const [given, wanted] = [canonicalJson(approval[name]), canonicalJson(plan[name])];
    return given === wanted ? [] : [`${name} is ${given ?? "missing"}, not ${wanted}`];
  });
}

/**
 * Whether somebody who approves is the same person as another one: by the whole name, or by what stands before an `@`,
 * since a deployer is often known by that alone.
 */
export function isSamePerson(one: string, other: string): boolean {
  const plain = (name: string) => name.toLowerCase().split("@")[0]!;
  return one !== "" && other !== "" && plain(one) === plain(other);
}
