import { EDGE_MOUNT } from "./edgeLayout";

/**
 * Where the edge has certificates that are issued to it, below its own directory. `current.conf` names the pair in use:
 * certificate and key are one file that never changes, so that no moment has those of two pairs.
 */
export const ISSUED = {
  directory: "tls",
  /** Read by nginx when it starts and at each reload. */
  current: "tls/current.conf",
  /** What is tested before it becomes `current`. */
  candidate: "tls/candidate.conf",
  /** The certificate without its key, for whoever asks how long it is good. */
  public: "tls/certificate.pem",
} as const;

/** Where the edge answers a `http-01` challenge, and the directory of its answers, each named by its token. */
export const CHALLENGES = {
  path: "/.well-known/acme-challenge/",
  directory: "challenges",
} as const;

/** Where the edge says which certificate its workers have loaded: `none`, or its fingerprint. */
export const CERTIFICATE_PATH = "/edge/certificate";

/** File of a pair: the certificates of the chain, then the key. */
export function pairFile(fingerprint: string): string {
  return `${ISSUED.directory}/${fingerprint}.pem`;
}

/**
 * What nginx includes: the pair, and its name, by which a reload can be proven.
 *
 * @param fingerprint null: none has been issued yet, so a handshake is refused, which takes no certificate.
 */
export function renderCurrent(fingerprint: string | null): string {
  const file = fingerprint === null ? "" : `${EDGE_MOUNT}/${pairFile(fingerprint)}`;
  return [
    "# Written by maestro; replaced when a certificate is issued.",
    ...(fingerprint === null
      ? ["ssl_reject_handshake on;"]
      : [`ssl_certificate ${file};`, `ssl_certificate_key ${file};`]),
    `map "" $maestro_certificate { default ${fingerprint ?? "none"}; }`,
    "",
  ].join("\n");
}

/** Fingerprint of the pair that a text of {@link renderCurrent} names; null: of none. */
export function currentFingerprint(text: string): string | null {
  return /^ssl_certificate \S*\/([0-9a-f]{64})\.pem;$/m.exec(text)?.[1] ?? null;
}
