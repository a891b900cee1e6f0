/** Let's Encrypt, by the names that the configuration has for its two servers. */
export const KNOWN_AUTHORITIES = {
  letsencrypt: "https://acme-v02.api.letsencrypt.org/directory",
  "letsencrypt-staging": "https://acme-staging-v02.api.letsencrypt.org/directory",
} as const;

/** How an authority is shown that a name is the stack's. */
export type ChallengeKind = "http-01" | "dns-01";

/** How the edge's certificate is issued: `maestro:edge.tls.acme`. */
export interface AcmeSettings {
  /** DNS names that it is for; a wildcard only with `dns-01`. */
  readonly names: readonly string[];
  /** The authority's directory: `https://acme-v02.api.letsencrypt.org/directory`. */
  readonly authority: string;
  /** Where the authority writes to; null: nowhere. */
  readonly email: string | null;
  readonly challenge: ChallengeKind;
  /** Program that puts records into DNS; null: there is none. */
  readonly hook: string | null;
  /** How long before its end it is replaced, in days; at most a third of its life. */
  readonly renewDays: number;
  /** What the authority calls this kind of certificate; null: its default. */
  readonly profile: string | null;
}

/** The directory of an authority that is named, or given by its URL. */
export function authorityUrl(authority: string): string {
  return authority in KNOWN_AUTHORITIES
    ? KNOWN_AUTHORITIES[authority as keyof typeof KNOWN_AUTHORITIES]
    : authority;
}

/** What messages call an authority: its host. */
export function authorityName(url: string): string {
  return new URL(url).host;
}

/** Whether a certificate for `names` is good for a host: a wildcard stands for one label. */
export function covers(names: readonly string[], host: string): boolean {
  return names.includes(host) || names.includes(host.replace(/^[^.]+/, "*"));
}

/** Where in DNS an authority looks for the answer to a `dns-01` challenge: `_acme-challenge.example.com`. */
export function challengeRecord(name: string): string {
  return `_acme-challenge.${name.replace(/^\*\./, "")}`;
}
