/** How bad a finding is, from the worst on. */
export const SEVERITIES = ["critical", "high", "medium", "low"] as const;

export type ScanSeverity = (typeof SEVERITIES)[number];

/** One known weakness in one package of an image. */
export interface ScanFinding {
  /** `CVE-2026-1234`. */
  readonly id: string;
  readonly package: string;
  /** What tools say beside these words counts as low. */
  readonly severity: ScanSeverity;
  /** Whether another version of the package has it no more. */
  readonly isFixable: boolean;
}

/** What a scanner has found in an image. */
export interface ScanReport {
  /** Null: the report does not say when it was made. */
  readonly at: Date | null;
  /** Digests that the report calls the image by; empty: it names none. */
  readonly digests: readonly string[];
  readonly findings: readonly ScanFinding[];
}

interface TrivyReport {
  readonly CreatedAt?: string;
  readonly Metadata?: { readonly RepoDigests?: readonly string[] };
  readonly Results?: readonly {
    readonly Vulnerabilities?: readonly {
      readonly VulnerabilityID: string;
      readonly PkgName: string;
      readonly Severity?: string;
      readonly FixedVersion?: string;
    }[];
  }[];
}

interface GrypeReport {
  readonly descriptor?: { readonly timestamp?: string };
  readonly source?: {
    readonly target?: {
      readonly manifestDigest?: string;
      readonly repoDigests?: readonly string[];
    };
  };
  readonly matches: readonly {
    readonly vulnerability: {
      readonly id: string;
      readonly severity?: string;
      readonly fix?: { readonly state?: string };
    };
    readonly artifact: { readonly name: string };
  }[];
}

/**
 * Reads what Trivy (`--format json`) or Grype (`-o json`) has written.
 *
 * @returns null: it is a report of neither.
 */
export function readScanReport(text: string): ScanReport | null {
  try {
    const document = JSON.parse(text) as unknown;
    if (isObject(document) && Array.isArray(document["matches"])) {
      return readGrype(document as unknown as GrypeReport);
    }
    const isTrivy = isObject(document) && "SchemaVersion" in document && "ArtifactName" in document;
    return isTrivy ? readTrivy(document) : null;
  } catch {
    return null;
  }
}

function readTrivy({ CreatedAt, Metadata, Results = [] }: TrivyReport): ScanReport {
  return {
    at: timeOf(CreatedAt),
    digests: (Metadata?.RepoDigests ?? []).map(digestIn),
    findings: Results.flatMap(({ Vulnerabilities = [] }) =>
      Vulnerabilities.map(({ VulnerabilityID, PkgName, Severity, FixedVersion }) => ({
        ...{ id: VulnerabilityID, package: PkgName, severity: severityOf(Severity) },
        isFixable: (FixedVersion ?? "") !== "",
      })),
    ),
  };
}

function readGrype({ descriptor, source, matches }: GrypeReport): ScanReport {
  const { manifestDigest, repoDigests = [] } = source?.target ?? {};
  return {
    at: timeOf(descriptor?.timestamp),
    digests: [...(manifestDigest ? [manifestDigest] : []), ...repoDigests.map(digestIn)],
    findings: matches.map(({ vulnerability, artifact }) => ({
      ...{ id: vulnerability.id, package: artifact.name },
      severity: severityOf(vulnerability.severity),
      isFixable: vulnerability.fix?.state === "fixed",
    })),
  };
}

/** A scanner's word for how bad a finding is. */
export function severityOf(said = ""): ScanSeverity {
  return SEVERITIES.find((severity) => severity === said.toLowerCase()) ?? "low";
}

function digestIn(reference: string): string {
  return reference.split("@").at(-1) ?? "";
}

function timeOf(said = ""): Date | null {
  const time = Date.parse(said);
  return Number.isNaN(time) ? null : new Date(time);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
