import { createPrivateKey, X509Certificate, type KeyObject } from "node:crypto";

/** The edge's certificate as its two files hold it; null: there is no such file. */
export interface CertificateFiles {
  readonly certificate: Buffer | null;
  readonly key: Buffer | null;
}

/** Where both files should be: `maestro:edge.tls`. */
export interface CertificatePaths {
  readonly certificateFile: string;
  readonly keyFile: string;
}

const NO_FILE = "no such file";

/**
 * What is wrong with a certificate and its key, one line each; empty: nginx can serve with them.
 *
 * @param now milliseconds since 1970
 */
export function findCertificateProblems(
  files: CertificateFiles,
  paths: CertificatePaths,
  now: number,
): string[] {
  const certificate = files.certificate === null ? NO_FILE : parseCertificate(files.certificate);
  const key = files.key === null ? NO_FILE : parseKey(files.key);
  const at = (name: keyof CertificatePaths, what: string, wayOut: string) =>
    `edge.tls.${name}: ${what}, got "${paths[name]}"; ${wayOut}`;
  const problems = [
    ...(typeof certificate === "string"
      ? [at("certificateFile", certificate, "put the certificate there, PEM, or name another file")]
      : []),
    ...(typeof key === "string"
      ? [at("keyFile", key, "put the certificate's private key there, PEM, or name another file")]
      : []),
  ];
  if (typeof certificate === "string" || typeof key === "string") return problems;
  if (!certificate.checkPrivateKey(key)) {
    return [at("keyFile", "is not the key of the certificate", "give the two files of one pair")];
  }
  const [from, to] = [certificate.validFrom, certificate.validTo].map((date) => Date.parse(date));
  if (to! < now) {
    return [at("certificateFile", `expired ${day(to!)}`, "renew the certificate")];
  }
  return from! > now
    ? [
        at(
          "certificateFile",
          `is not valid before ${day(from!)}`,
          "check the host's clock, or wait",
        ),
      ]
    : [];
}

/** Whole days for which a certificate still counts. @param now milliseconds since 1970 */
export function daysLeft(certificate: Buffer, now: number): number {
  return Math.floor((Date.parse(new X509Certificate(certificate).validTo) - now) / 86_400_000);
}

function day(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

function parseCertificate(content: Buffer): X509Certificate | string {
  try {
    return new X509Certificate(content);
  } catch {
    return "is not a certificate";
  }
}

function parseKey(content: Buffer): KeyObject | string {
  try {
    return createPrivateKey(content);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ERR_MISSING_PASSPHRASE"
      ? "is encrypted with a passphrase, which nginx cannot ask for"
      : "is not a private key";
  }
}
