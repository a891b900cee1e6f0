import * as path from "node:path";
import pc from "picocolors";
import type { Settings } from "../../config/settings";
import { withHost } from "../../host/connectHost";
import { EdgeCertificates } from "../../host/edgeCertificates";
import { authorityName } from "../../rules/acme/acmeSettings";
import {
  decideRenewal,
  findWait,
  readCertificate,
  type CertificateFacts,
} from "../../rules/acme/renewal";
import { daysLeft } from "../../rules/edge/certificate";
import { ISSUED } from "../../rules/edge/issuedCertificate";

/** A stack's certificate as it is shown. */
export interface ShownCertificate {
  readonly stack: string;
  /** What the edge was last told to serve; null: nothing. */
  readonly certificate: CertificateFacts | null;
  /** Whole days for which it is good; null: there is none. */
  readonly daysLeft: number | null;
  /** The authority's host; null: the operator renews it. */
  readonly authority: string | null;
  /** Why it is to be issued now, or when it will be. */
  readonly says: string;
  /** Until when the authority asks to be left alone, ISO 8601; null: it does not. */
  readonly waitsUntil: string | null;
  /** Whether browsers take it and nothing is due. */
  readonly isWell: boolean;
}

/** @throws Error where the stack's edge serves no TLS. */
export function lookAtCertificate(stack: string, settings: Settings): Promise<ShownCertificate> {
  const { directory, edge, host: address } = settings;
  const { tls } = edge;
  if (tls === null) {
    throw new Error("edge.tls: is missing, so the edge has no certificate; set it to serve TLS");
  }
  const { acme, files: own } = tls;
  return withHost(address, async ({ files }) => {
    const file = own?.certificateFile ?? path.posix.join(directory, "edge", ISSUED.public);
    const pem = await files.read(file);
    const certificate = pem && readCertificate(pem);
    const now = Date.now();
    const left = { daysLeft: pem && daysLeft(pem, now) };
    const isGood = certificate !== null && certificate.from <= now && certificate.to > now;
    if (acme === null) {
      const says = certificate === null ? `there is no ${file}` : "its files are renewed by you";
      return {
        ...{ stack, certificate, ...left, says, isWell: isGood },
        ...{ authority: null, waitsUntil: null },
      };
    }
    const state = await new EdgeCertificates(files, directory).readState();
    const { isDue, because } = decideRenewal(acme, certificate, state, now);
    const wait = findWait(acme, state, now);
    return {
      ...{ stack, certificate, ...left, says: because, isWell: isGood && !isDue },
      authority: authorityName(acme.authority),
      waitsUntil: wait && new Date(wait.until).toISOString(),
    };
  });
}

export function formatCertificate(shown: ShownCertificate): string {
  const { stack, certificate, authority, says, waitsUntil, isWell } = shown;
  const tone = isWell ? pc.green : pc.yellow;
  return [
    `${pc.bold(stack)}: ${certificate === null ? "no certificate" : certificate.names.join(", ")}`,
    ...(certificate === null
      ? []
      : [
          `  of ${certificate.issuer}, good until ${new Date(certificate.to).toISOString()}, ${shown.daysLeft} days left`,
        ]),
    `  ${tone(says)}${authority === null || isWell ? "" : `: run \`maestro certificate renew --stack ${stack}\``}`,
    ...(waitsUntil === null ? [] : [`  ${authority} asks to be left alone until ${waitsUntil}`]),
  ].join("\n");
}
