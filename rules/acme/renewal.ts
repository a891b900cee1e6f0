import { X509Certificate } from "node:crypto";
import { authorityName, type AcmeSettings } from "./acmeSettings";

const DAY_MILLISECONDS = 86_400_000;

/** A certificate as it says itself. */
export interface CertificateFacts {
  /** DNS names that it is for. */
  readonly names: readonly string[];
  /** Who signed it: the common name. */
  readonly issuer: string;
  /** In milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
  /** SHA-256 of it, in hex. */
  readonly fingerprint: string;
}

/** What is kept of a stack's certificates between two runs. */
export interface AcmeState {
  /** The last one that was issued, and by which authority's directory; absent: none was. */
  readonly issued?: { readonly fingerprint: string; readonly authority: string };
  /** Until when an authority asks not to be asked, in milliseconds since 1970, and why; absent: it does not. */
  readonly wait?: { readonly authority: string; readonly until: number; readonly reason: string };
}

/** Whether a certificate is issued now. */
export interface RenewalDecision {
  readonly isDue: boolean;
  /** Why it is, or until when it is not: `it ends in 12 days`. */
  readonly because: string;
}

/** Reads the first certificate of a PEM text. @throws Error where there is none. */
export function readCertificate(pem: string | Buffer): CertificateFacts {
  const certificate = new X509Certificate(pem);
  const { subjectAltName = "", issuer, validFrom, validTo, fingerprint256 } = certificate;
  return {
    names: [...subjectAltName.matchAll(/DNS:([^,\s]+)/g)].map(([, name]) => name!).sort(),
    issuer: /^CN=(.*)$/m.exec(issuer)?.[1] ?? issuer.replaceAll("\n", ", "),
    from: Date.parse(validFrom),
    to: Date.parse(validTo),
    fingerprint: fingerprint256.replaceAll(":", "").toLowerCase(),
  };
}

/**
 * Whether the edge's certificate is to be issued anew: there is none, it is of another authority or for other names than
 * the settings say, or its end is near.
 *
 * @param held the last one that was issued; null: none was, or its file is gone.
 * @param now milliseconds since 1970.
 */
export function decideRenewal(
  settings: AcmeSettings,
  held: CertificateFacts | null,
  state: AcmeState,
  now: number,
): RenewalDecision {
  const due = (because: string) => ({ isDue: true, because });
  if (held === null) return due("none has been issued yet");
  if (state.issued?.fingerprint !== held.fingerprint) return due("nobody knows who issued it");
  if (state.issued.authority !== settings.authority) {
    const [is, wanted] = [state.issued.authority, settings.authority].map(authorityName);
    return due(`it is of ${is}, and ${wanted} is asked for`);
  }
  const differences = nameDifferences(held.names, settings.names);
  if (differences !== "") return due(`its names differ: ${differences}`);
  if (held.to <= now) return due(`it ended ${day(held.to)}`);
  const at = renewalTime(settings, held);
  return at <= now
    ? due(`it ends ${day(held.to)}, in ${daysUntil(held.to, now)} days`)
    : { isDue: false, because: `it is good until ${day(held.to)}, and due on ${day(at)}` };
}

/** When a certificate is due, in milliseconds since 1970. A third of its life at most: some live for six days. */
export function renewalTime(
  { renewDays }: Pick<AcmeSettings, "renewDays">,
  { from, to }: Pick<CertificateFacts, "from" | "to">,
): number {
  return to - Math.min(renewDays * DAY_MILLISECONDS, (to - from) / 3);
}

/** Until when the authority must not be asked, and why; null: it may be. */
export function findWait(
  { authority }: Pick<AcmeSettings, "authority">,
  { wait }: AcmeState,
  now: number,
): { readonly until: number; readonly reason: string } | null {
  return wait?.authority === authority && wait.until > now ? wait : null;
}

function nameDifferences(has: readonly string[], wanted: readonly string[]): string {
  const missing = wanted.filter((name) => !has.includes(name)).map((name) => `+${name}`);
  const extra = has.filter((name) => !wanted.includes(name)).map((name) => `-${name}`);
  return [...missing, ...extra].join(" ");
}

function daysUntil(time: number, now: number): number {
  return Math.floor((time - now) / DAY_MILLISECONDS);
}

function day(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
