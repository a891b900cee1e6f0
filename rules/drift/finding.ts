import type { DriftFacts } from "./facts";

/** `error`: users, a rollback or the record are affected; `warning`: something is to be mended; `note`: said, no drift. */
export type Severity = "error" | "warning" | "note";

/** One way in which a stack is not as it was released. Holds no value of a variable or a secret. */
export interface DriftFinding {
  /** The same as long as the same differs: `container-missing/shop-demo-blue-web-0`. */
  readonly id: string;
  readonly severity: Severity;
  /** Container, image, file, service or resource. */
  readonly where: string;
  /** What differs, in one line. */
  readonly says: string;
  /** ISO 8601, UTC; null: nobody has noted it. */
  readonly since: string | null;
  /** Command that mends it, in one line; null: there is nothing to mend. */
  readonly repair: string | null;
}

/** What one kind of drift looks like; pure. Where its facts could not be had, it finds nothing. */
export interface DriftRule {
  /** Begins the ids of its findings: `container-missing`. */
  readonly kinds: readonly string[];
  find(facts: DriftFacts): DriftFinding[];
}

const ORDER: readonly Severity[] = ["error", "warning", "note"];

/** By severity, and then as the rules have found them: what must be mended first comes first. */
export function inOrder(findings: readonly DriftFinding[]): DriftFinding[] {
  return ORDER.flatMap((severity) => findings.filter((found) => found.severity === severity));
}

/** What is drift: a note is none. */
export function withoutNotes(findings: readonly DriftFinding[]): DriftFinding[] {
  return findings.filter(({ severity }) => severity !== "note");
}
