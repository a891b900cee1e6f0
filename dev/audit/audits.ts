/** What a service of advisories has said of one lock file. */
export interface Audit {
  /** Relative to the repository. */
  readonly file: string;
  /** Weaknesses that are known, one line each. */
  readonly findings: readonly string[];
  /** What nobody could say, one line each; then nothing is known to be well. */
  readonly unanswered: readonly string[];
}

interface NpmReport {
  readonly message?: string;
  readonly error?: { readonly summary?: string };
  readonly vulnerabilities?: Readonly<
    Record<
      string,
      {
        readonly severity: string;
        readonly via: readonly (string | { readonly title: string; readonly url: string })[];
      }
    >
  >;
}

interface PipReport {
  readonly dependencies: readonly {
    readonly name: string;
    readonly version?: string;
    readonly skip_reason?: string;
    readonly vulns?: readonly { readonly id: string; readonly fix_versions: readonly string[] }[];
  }[];
}

/**
 * @param stdout of `npm audit --json`, whose exit code is 1 for findings and for an answer that it did not get.
 */
export function readNpmAudit(file: string, stdout: string): Audit {
  const report = parse<NpmReport>(stdout);
  if (!report?.vulnerabilities) {
    const why = report?.message || report?.error?.summary || "npm has said nothing";
    return { file, findings: [], unanswered: [why] };
  }
  // An advisory is listed at its own package, and named by all that need it.
  const findings = Object.entries(report.vulnerabilities).flatMap(([name, { severity, via }]) =>
    via.flatMap((each) =>
      typeof each === "string" ? [] : [`${name}: ${severity}: ${each.title} (${each.url})`],
    ),
  );
  return { file, findings, unanswered: [] };
}

/**
 * @param stdout of `pip-audit --format json`; what is no JSON: it was not answered.
 * @param stderr whose last line then says why.
 * @param own packages that only this repository's index has.
 */
export function readPipAudit(
  file: string,
  { stdout, stderr }: { readonly stdout: string; readonly stderr: string },
  own: readonly string[],
): Audit {
  const report = parse<PipReport>(stdout);
  if (!report?.dependencies) {
    const why = stderr.trim().split("\n").at(-1);
    return { file, findings: [], unanswered: [why || "pip-audit has said nothing"] };
  }
  const others = report.dependencies.filter(({ name }) => !own.includes(name));
  const findings = others.flatMap(({ name, version, vulns = [] }) =>
    vulns.map(({ id, fix_versions: fixed }) => {
      const way = fixed.length > 0 ? `mended in ${fixed.join(", ")}` : "not mended yet";
      return `${name} ${version}: ${id}, ${way}`;
    }),
  );
  const skipped = others.filter(({ skip_reason: reason }) => reason !== undefined);
  const unanswered =
    skipped.length > 0
      ? [`${skipped.length} of ${others.length} packages: ${skipped[0]?.skip_reason}`]
      : [];
  return { file, findings, unanswered };
}

function parse<T>(text: string): T | undefined {
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined;
  }
}
