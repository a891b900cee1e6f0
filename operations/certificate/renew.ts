import { EdgeCertificates } from "../../host/edgeCertificates";
import type { Host } from "../../host/host";
import { swapCertificate, type SwappedEdge } from "../../host/swapCertificate";
import { authorityName, type AcmeSettings } from "../../rules/acme/acmeSettings";
import {
  decideRenewal,
  findWait,
  readCertificate,
  type AcmeState,
  type CertificateFacts,
  type RenewalDecision,
} from "../../rules/acme/renewal";
import { AuthorityError, createKey, orderCertificate, type IssuedPair } from "./order";
import { dnsResponder, httpResponder } from "./responders";

/** A stack whose certificate is issued. */
export interface IssuingStack {
  readonly host: Host;
  readonly acme: AcmeSettings;
  readonly edge: SwappedEdge;
}

/** What is to be done for a stack's certificate, before anything is. */
export interface RenewalOutlook {
  readonly decision: RenewalDecision;
  /** The last one that was issued; null: none was. */
  readonly held: CertificateFacts | null;
  /** Whether the edge's nginx is told to load that one, and an earlier run has come to its end. */
  readonly isServed: boolean;
  readonly state: AcmeState;
}

/** What was done. */
export interface RenewalResult {
  readonly certificate: CertificateFacts;
  /** Whether it was issued now; false: an earlier run has got it, and could not have the edge take it. */
  readonly isIssued: boolean;
  /** Whether a running edge has loaded it; false: it does not run. */
  readonly isLoaded: boolean;
}

export async function lookAtRenewal({ host, acme, edge }: IssuingStack): Promise<RenewalOutlook> {
  const certificates = new EdgeCertificates(host.files, edge.directory);
  const state = await certificates.readState();
  const pair = state.issued && (await certificates.readPair(state.issued.fingerprint));
  const held = pair ? readCertificate(pair) : null;
  const shown = await certificates.readPublic();
  return {
    decision: decideRenewal(acme, held, state, Date.now()),
    held,
    isServed:
      held !== null &&
      shown !== null &&
      readCertificate(shown).fingerprint === held.fingerprint &&
      (await certificates.readCurrent()) === held.fingerprint,
    state,
  };
}

/**
 * Has the edge serve a certificate as the settings want it: a new one where it is due or `force` is true. Until nginx has
 * tested it, loaded it and said so, the edge serves the one before; what was issued meanwhile is not issued again.
 *
 * @throws BusyError when somebody else does that now; AuthorityError when the authority asks to be left alone, or refuses.
 */
export async function renewCertificate(
  stack: IssuingStack,
  force: boolean,
): Promise<RenewalResult | null> {
  const { host, edge } = stack;
  const certificates = new EdgeCertificates(host.files, edge.directory);
  return certificates.alone(async () => {
    // Somebody else may have been at work until now.
    const { decision, held, isServed, state } = await lookAtRenewal(stack);
    const isIssued = decision.isDue || force;
    if (!isIssued && isServed) return null;
    const certificate = isIssued ? await issue(stack, certificates, state) : held!;
    const isLoaded = await swapCertificate(host, edge, certificates, certificate.fingerprint);
    return { certificate, isIssued, isLoaded };
  });
}

async function issue(
  { host, acme, edge }: IssuingStack,
  certificates: EdgeCertificates,
  state: AcmeState,
): Promise<CertificateFacts> {
  const wait = findWait(acme, state, Date.now());
  if (wait !== null) {
    const until = new Date(wait.until).toISOString();
    throw new AuthorityError(
      `${authorityName(acme.authority)} asks to be left alone until ${until}: ${wait.reason}; run this again then`,
      wait.until,
    );
  }
  const accountKey = await accountKeyOf(certificates, acme.authority);
  const responder =
    acme.challenge === "dns-01"
      ? dnsResponder(acme.hook!)
      : httpResponder(host, certificates, edge.urls);
  let pair: IssuedPair;
  try {
    pair = await orderCertificate(acme, accountKey, responder);
  } catch (error) {
    if (error instanceof AuthorityError && error.until !== null) {
      const told = { authority: acme.authority, until: error.until, reason: error.message };
      await certificates.writeState({ ...state, wait: told });
    }
    throw error;
  }
  const facts = readCertificate(pair.chain);
  // The pair comes first: the state names only what is there.
  await certificates.writePair(facts.fingerprint, pair.chain, pair.key);
  const issued = { fingerprint: facts.fingerprint, authority: acme.authority };
  await certificates.writeState({ issued });
  return facts;
}

async function accountKeyOf(certificates: EdgeCertificates, authority: string): Promise<string> {
  const found = await certificates.readAccountKey(authority);
  if (found !== null) return found.toString("utf8");
  const key = await createKey();
  await certificates.writeAccountKey(authority, key);
  return key;
}
