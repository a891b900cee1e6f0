import { severityOf, type ScanFinding, type ScanReport } from "./scanReport";

/** What ECR answers of an image's scan, all pages together, as far as it is read. */
export interface EcrScan {
  /** `COMPLETE`, `ACTIVE`, `IN_PROGRESS`, `FAILED` …; null: the image was never scanned. */
  readonly status: string | null;
  readonly description?: string | undefined;
  readonly completedAt?: Date | undefined;
  /** Of basic scans. */
  readonly findings: readonly EcrFinding[];
  /** Of enhanced scans, by Amazon Inspector. */
  readonly enhancedFindings: readonly EcrEnhancedFinding[];
}

export interface EcrFinding {
  readonly name?: string | undefined;
  readonly severity?: string | undefined;
  readonly attributes?:
    | readonly { readonly key?: string | undefined; readonly value?: string | undefined }[]
    | undefined;
}

export interface EcrEnhancedFinding {
  readonly severity?: string | undefined;
  readonly status?: string | undefined;
  readonly fixAvailable?: string | undefined;
  readonly title?: string | undefined;
  readonly packageVulnerabilityDetails?:
    | {
        readonly vulnerabilityId?: string | undefined;
        readonly vulnerablePackages?: readonly { readonly name?: string | undefined }[] | undefined;
      }
    | undefined;
}

/** The scan is over, or Inspector goes on to look at the image by itself. */
const WITH_RESULT = ["COMPLETE", "ACTIVE"];
const UNDER_WAY = ["IN_PROGRESS", "PENDING"];

/** Why a scan has no result; null: it has. */
export function findEcrScanProblem({ status, description }: EcrScan): string | null {
  if (status === null) return "is not there; turn on scans on push, or have it scanned";
  if (WITH_RESULT.includes(status)) return null;
  if (UNDER_WAY.includes(status)) return "is not done yet; run it again in a minute";
  return `has no result, ECR says ${status}${description ? ` (${description})` : ""}; scan it by another scanner`;
}

/** A scan with a result as a report. @param now when an image counts as scanned that Inspector watches. */
export function ecrReport(scan: EcrScan, digest: string, now: Date): ScanReport {
  return {
    at: scan.status === "ACTIVE" ? now : (scan.completedAt ?? null),
    digests: [digest],
    findings: [...scan.findings.map(readBasic), ...scan.enhancedFindings.flatMap(readEnhanced)],
  };
}

function readBasic({ name = "", severity, attributes = [] }: EcrFinding): ScanFinding {
  const named = attributes.find(({ key }) => key === "package_name")?.value;
  // A basic scan does not say whether there is a version without it: it may not be passed over for that.
  return { id: name, package: named ?? "", severity: severityOf(severity), isFixable: true };
}

function readEnhanced(finding: EcrEnhancedFinding): ScanFinding[] {
  const { severity, status = "ACTIVE", fixAvailable, title = "" } = finding;
  // What Inspector suppresses, it does by a rule of whoever owns the account.
  if (status !== "ACTIVE") return [];
  const { vulnerabilityId, vulnerablePackages = [] } = finding.packageVulnerabilityDetails ?? {};
  const names = vulnerablePackages.length > 0 ? vulnerablePackages.map(({ name }) => name) : [""];
  return names.map((name = "") => ({
    ...{ id: vulnerabilityId ?? title, package: name, severity: severityOf(severity) },
    isFixable: fixAvailable !== "NO",
  }));
}
