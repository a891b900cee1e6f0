import type { Waiver } from "./waiver";

/** A service whose image somebody answers for. */
export interface SignatureWaiver extends Waiver {
  readonly service: string;
}

/** Where an image must have been built, and from what. */
export interface ExpectedProvenance {
  /** With or without the version behind it: `https://github.com/acme/shop/.github/workflows/main.yml`. */
  readonly builder: string;
  /** `https://github.com/acme/shop`. */
  readonly source: string;
}

/** Whose signatures count: those by a key, or by an identity that an issuer vouches for. */
export interface Signer {
  /** File of the project with the public key, or a key of a key service. */
  readonly key?: string;
  readonly identity?: string;
  readonly issuer?: string;
  /** Of GitHub's certificates: the repository whose run it was. */
  readonly githubRepository?: string;
  /** Whether a signature must be in the transparency log. */
  readonly transparencyLog: boolean;
}

/** Who must have signed the images of a release. */
export interface SignatureSettings extends Signer {
  /** Left out: it does not matter where they were built. */
  readonly provenance?: ExpectedProvenance;
  readonly waivers: readonly SignatureWaiver[];
}

/** What is said of how an image was built, as far as it is checked. */
export interface Provenance {
  readonly builder: string;
  /** Empty: it names none. */
  readonly source: string;
}

/** The predicate of SLSA 1, as the builders fill it in that are known here (https://slsa.dev/spec/v1.0/provenance). */
interface SlsaPredicate {
  readonly buildDefinition?: {
    readonly externalParameters?: {
      /** GitHub's. */
      readonly workflow?: { readonly repository?: unknown };
      /** maestro's and GitLab's. */
      readonly source?: unknown;
      /** BuildKit's. */
      readonly configSource?: { readonly uri?: unknown };
    };
  };
  readonly runDetails?: { readonly builder?: { readonly id?: unknown } };
}

/** `cosign verify`: is the image signed? */
export function verifyArguments(signer: Signer, key: string | null, image: string): string[] {
  return ["verify", ...signerArguments(signer, key), "--output=json", image];
}

/** `cosign verify-attestation`: its output is what {@link readProvenances} reads. */
export function attestationArguments(signer: Signer, key: string | null, image: string): string[] {
  const type = "--type=slsaprovenance1";
  return ["verify-attestation", type, ...signerArguments(signer, key), "--output=json", image];
}

function signerArguments(
  { identity = "", issuer = "", githubRepository, transparencyLog }: Signer,
  key: string | null,
): string[] {
  if (key !== null) {
    return [`--key=${key}`, ...(transparencyLog ? [] : ["--insecure-ignore-tlog=true"])];
  }
  return [
    `--certificate-identity=${identity}`,
    `--certificate-oidc-issuer=${issuer}`,
    ...(githubRepository ? [`--certificate-github-workflow-repository=${githubRepository}`] : []),
  ];
}

/** What a signature says of itself; whatever else the key has attested, such as a list of parts, is none. */
const SIGNATURES = ["https://sigstore.dev/cosign/sign/v1", "cosign container image signature"];

/** Whether what `cosign verify` has printed has a signature: cosign takes every attestation by the key for one. */
export function hasSignature(output: string): boolean {
  const found = JSON.parse(output) as readonly { readonly critical?: { readonly type?: string } }[];
  return found.some(({ critical }) => SIGNATURES.includes(critical?.type ?? ""));
}

/** cosign's words -> what they mean to who releases; the first that fits. */
const MEANINGS: readonly (readonly [RegExp, (what: string, by: string) => string])[] = [
  [/none of the attestations matched|no (?:signatures|attestations) found/, lacks],
  [
    /do not match threshold|no matching signatures|invalid signature/,
    (what, by) => `has a ${what}, and none is by ${by}; build it where ${by} signs`,
  ],
  [
    /artifact digest does not match/,
    (what) => `has a ${what} of another image; look who has put it there, and build it again`,
  ],
  [
    /none of the expected identities|no matching CertificateIdentity/,
    (what, by) => `has a ${what}, and none is by ${by}; build it where ${by} signs`,
  ],
];

/** What is wrong with an image without a signature, or without provenance. */
export function lacks(what: string): string {
  return `has no ${what}; build it by \`maestro images --${what === "signature" ? "sign" : "provenance"}\``;
}

/**
 * Why cosign has not found what was asked for.
 *
 * @param what "signature" or "provenance".
 * @param by whose it must be.
 */
export function explainFailure(
  what: "signature" | "provenance",
  by: string,
  stderr: string,
): string {
  const says = /^Error: (.*)/m.exec(stderr)?.[1] ?? stderr.trim().split("\n").at(-1) ?? "";
  const [, meaning] = MEANINGS.find(([words]) => words.test(says)) ?? [];
  return meaning?.(what, by) ?? `cannot be verified: ${says}; mend that and run it again`;
}

/** Of what `cosign verify-attestation` has printed: one statement a line, each in its envelope. */
export function readProvenances(output: string): Provenance[] {
  const lines = output.split("\n").filter((line) => line.trim() !== "");
  return lines.flatMap((line) => {
    const envelopes = [JSON.parse(line) as unknown].flat() as { readonly payload?: string }[];
    return envelopes.map(({ payload = "" }) => {
      const text = Buffer.from(payload, "base64").toString("utf8");
      const { predicate } = JSON.parse(text) as { readonly predicate?: SlsaPredicate };
      return provenanceOf(predicate ?? {});
    });
  });
}

function provenanceOf({ buildDefinition, runDetails }: SlsaPredicate): Provenance {
  const { workflow, source, configSource } = buildDefinition?.externalParameters ?? {};
  const named = [workflow?.repository, source, configSource?.uri].find(
    (value) => typeof value === "string",
  );
  const builder = runDetails?.builder?.id;
  return {
    builder: typeof builder === "string" ? builder : "",
    source: named === undefined ? "" : repositoryOf(named),
  };
}

/** What is wrong with where an image was built; null: one of these is as expected. */
export function findProvenanceProblem(
  found: readonly Provenance[],
  { builder, source }: ExpectedProvenance,
): string | null {
  const isBuilder = (its: string) => its === builder || its.startsWith(`${builder}@`);
  const isSource = (its: string) => its === repositoryOf(source);
  if (found.some((its) => isBuilder(its.builder) && isSource(its.source))) return null;
  const [first] = found;
  if (first === undefined) return lacks("provenance");
  return isBuilder(first.builder)
    ? `was built from ${first.source || "no repository that it names"}, not from ${repositoryOf(source)}; build it there`
    : `was built by ${first.builder || "nobody whom it names"}, not by ${builder}; build it there`;
}

/** `git+https://github.com/acme/shop.git@refs/heads/main` -> `https://github.com/acme/shop`. */
export function repositoryOf(address: string): string {
  return address
    .replace(/^git\+/, "")
    .replace(/[#?].*$/, "")
    .replace(/^(\w+:\/\/)[^/@]*@/, "$1")
    .replace(/@.*$/, "")
    .replace(/\.git$|\/$/, "");
}
