import { SEVERITIES, type ScanFinding, type ScanReport, type ScanSeverity } from "./scanReport";
import { isCurrent, type Waiver } from "./waiver";

/** A finding that somebody answers for. */
export interface ScanWaiver extends Waiver {
  readonly id: string;
  /** Left out: in whatever package it is. */
  readonly package?: string;
}

/** What scanners must have said of a release's images. */
export interface ScanSettings {
  /** Whose scans count: `ecr`, those of the stack's registry. @default "reports" */
  readonly source?: "reports" | "ecr";
  /** Directory of the project with a report for each image: `<digest without sha256:>.json`. */
  readonly directory: string;
  /** Findings that are as bad, or worse, keep a release in. */
  readonly refuse: ScanSeverity;
  /** Whether only those count that another version of the package has no more. */
  readonly onlyFixable: boolean;
  /** What becomes of a release whose image has no report that counts. */
  readonly onMissing: "refuse" | "pass";
  readonly waivers: readonly ScanWaiver[];
}

/** An older report knows too little of what was found since. */
const REPORT_DAYS = 5;
const DAY = 86_400_000;

/** Why a report does not count; null: it does. */
export function findReportProblem(
  report: ScanReport | null,
  digest: string,
  now: Date,
): string | null {
  if (report === null) return "is no report of Trivy or Grype in JSON";
  if (report.digests.length > 0 && !report.digests.includes(digest)) {
    return `is of another image, ${report.digests[0]}`;
  }
  if (report.at === null) return "does not say when it was made";
  const days = (now.getTime() - report.at.getTime()) / DAY;
  return days > REPORT_DAYS
    ? `is ${Math.floor(days)} days old, at most ${REPORT_DAYS} count`
    : null;
}

/**
 * Findings that keep a release in: bad enough, not in the image that serves, and waived by nobody. What both images have
 * must not keep in the release that mends something else.
 */
export function findBadFindings(
  { findings }: ScanReport,
  serving: ScanReport | null,
  { refuse, onlyFixable, waivers }: Pick<ScanSettings, "refuse" | "onlyFixable" | "waivers">,
  now: Date,
): ScanFinding[] {
  const known = new Set((serving?.findings ?? []).map(keyOf));
  const worst = SEVERITIES.slice(0, SEVERITIES.indexOf(refuse) + 1);
  return findings.filter(
    (finding) =>
      worst.includes(finding.severity) &&
      (finding.isFixable || !onlyFixable) &&
      !known.has(keyOf(finding)) &&
      !waivers.some((waiver) => isWaived(finding, waiver, now)),
  );
}

function isWaived(finding: ScanFinding, waiver: ScanWaiver, now: Date): boolean {
  return (
    waiver.id === finding.id &&
    (waiver.package === undefined || waiver.package === finding.package) &&
    isCurrent(waiver, now)
  );
}

function keyOf({ id, package: name }: ScanFinding): string {
  return `${id} ${name}`;
}
