import { openUntil, refusalOf, type DeployWindow, type WeeklyHours } from "./deployWindow";
import type { GateSettings } from "./gateSettings";
import type { ScanSettings } from "./scanRules";
import type { SignatureSettings } from "./signatureRules";

/** What stands between a release and its users, in words. */
export interface ShownGate {
  /** As in `maestro:gates`: `window`. */
  readonly name: string;
  /** What it wants of a release. */
  readonly wants: string;
  /** What it says at the moment; null: that depends on the release. */
  readonly now: string | null;
}

/** The gates of a stack in the order in which its settings are documented; empty: it has none. */
export function describeGates(settings: GateSettings | null, now: Date): ShownGate[] {
  if (!settings) return [];
  const { window, approvals, githubEnvironment, scans, sboms, signatures, modules } = settings;
  const named = (name: string, wants: string | null, says: string | null = null): ShownGate[] =>
    wants === null ? [] : [{ name, wants, now: says }];
  return [
    ...(window ? named("window", hoursOf(window), openness(window, now)) : []),
    ...named(
      "approvals",
      approvals
        ? `${approvals.required} of those in ${approvals.signers}, each at most ${approvals.expiresAfterHours} h old`
        : null,
    ),
    ...named(
      "githubEnvironment",
      githubEnvironment
        ? `the reviewers of ${githubEnvironment.name} have let the job go on`
        : null,
    ),
    ...named("scans", scans ? scanWords(scans) : null),
    ...named("sboms", sboms ? `a list of parts for each image, in ${sboms.directory}` : null),
    ...named("signatures", signatures ? signatureWords(signatures) : null),
    ...modules.map(({ module }) => ({
      ...{ name: "modules", wants: `what ${module} asks for`, now: null },
    })),
  ];
}

function hoursOf({ open, freezes, timeZone }: DeployWindow): string {
  const hours = open.map(
    ({ days, from, to }: WeeklyHours) => `${days.join(", ")} ${from} to ${to}`,
  );
  const frozen = freezes.map(({ from, to, reason }) => `not ${from} to ${to} (${reason})`);
  const all = [...(hours.length > 0 ? hours : ["all hours"]), ...frozen];
  return `${all.join("; ")}; ${timeZone}`;
}

function openness(window: DeployWindow, now: Date): string {
  const refusal = refusalOf(window, now);
  if (refusal !== null) return `closed: ${refusal}`;
  const end = openUntil(window, now);
  return end === null ? "open" : `open until ${end}`;
}

function scanWords({ source, refuse, onlyFixable, onMissing, waivers }: ScanSettings): string {
  const what = `no finding of ${refuse} or worse${onlyFixable ? " that another version mends" : ""}`;
  const by = source === "ecr" ? "the registry's scans" : "reports of the project";
  const missing = onMissing === "refuse" ? "no report: refused" : "no report: let out";
  return [`${what}, by ${by}`, missing, ...waived(waivers)].join("; ");
}

function signatureWords({ key, identity, issuer, provenance, waivers }: SignatureSettings): string {
  const signer = key ?? `${identity ?? "anybody"} by ${issuer ?? "any issuer"}`;
  const built = provenance ? [`built by ${provenance.builder} from ${provenance.source}`] : [];
  return [`each image is signed with ${signer}`, ...built, ...waived(waivers)].join("; ");
}

/** Whoever lets something pass is known by name, and it ends. */
function waived(
  waivers: readonly { readonly owner: string; readonly expires: string }[],
): string[] {
  return waivers.map(({ owner, expires }) => `a waiver of ${owner} until ${expires}`);
}
