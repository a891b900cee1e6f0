import {
  attestationArguments,
  explainFailure,
  findProvenanceProblem,
  hasSignature,
  readProvenances,
  repositoryOf,
  verifyArguments,
} from "../../../../rules/gates/signatureRules";

const IMAGE = `localhost:5000/shop/web@sha256:${"a".repeat(64)}`;
const KEYLESS = {
  ...{ identity: "https://github.com/acme/shop/.github/workflows/main.yml@refs/heads/main" },
  ...{ issuer: "https://token.actions.githubusercontent.com", transparencyLog: true },
};
const EXPECTED = {
  builder: "https://github.com/acme/shop/.github/workflows/main.yml",
  source: "https://github.com/acme/shop",
};

describe("what cosign is asked", () => {
  it("is for a key, and for the log where that is wanted", () => {
    const signer = { key: "cosign.pub", transparencyLog: false };
    const key = "--key=/shop/cosign.pub";
    expect(verifyArguments(signer, "/shop/cosign.pub", IMAGE)).toEqual([
      ...["verify", key, "--insecure-ignore-tlog=true", "--output=json", IMAGE],
    ]);
    const logged = { ...signer, transparencyLog: true };
    expect(attestationArguments(logged, "/shop/cosign.pub", IMAGE)).toEqual([
      ...["verify-attestation", "--type=slsaprovenance1", key, "--output=json", IMAGE],
    ]);
  });

  // Fulcio and Rekor cannot be had in a test: that these arguments do what they say is cosign's to show.
  it("is for an identity, its issuer and the repository whose run it was", () => {
    const identity = [
      `--certificate-identity=${KEYLESS.identity}`,
      `--certificate-oidc-issuer=${KEYLESS.issuer}`,
    ];
    expect(verifyArguments(KEYLESS, null, IMAGE)).toEqual([
      ...["verify", ...identity, "--output=json", IMAGE],
    ]);
    const signer = { ...KEYLESS, githubRepository: "acme/shop" };
    const repository = "--certificate-github-workflow-repository=acme/shop";
    expect(verifyArguments(signer, null, IMAGE)).toEqual([
      ...["verify", ...identity, repository, "--output=json", IMAGE],
    ]);
  });
});

/** As `cosign verify-attestation` prints it. */
function printed(externalParameters: unknown, id: unknown): string {
  const predicate = { buildDefinition: { externalParameters }, runDetails: { builder: { id } } };
  const payload = Buffer.from(JSON.stringify({ predicate })).toString("base64");
  return `${JSON.stringify({ payload, payloadType: "application/vnd.in-toto+json" })}\n`;
}

describe("provenance", () => {
  const builder = `${EXPECTED.builder}@refs/heads/main`;

  it.each([
    [
      "GitHub",
      { workflow: { repository: "https://github.com/acme/shop", ref: "refs/heads/main" } },
    ],
    ["maestro", { source: "git+https://github.com/acme/shop@refs/heads/main" }],
    ["BuildKit", { configSource: { uri: "https://github.com/acme/shop.git#4f2a90c1" } }],
  ])("of %s is read", (_who, parameters) => {
    const found = readProvenances(printed(parameters, builder));
    expect(found).toEqual([{ builder, source: "https://github.com/acme/shop" }]);
    expect(findProvenanceProblem(found, EXPECTED)).toBeNull();
  });

  it.each([
    [
      { source: "https://github.com/eve/shop" },
      builder,
      "was built from https://github.com/eve/shop, not from https://github.com/acme/shop; build it there",
    ],
    [
      { source: "https://github.com/acme/shop-2" },
      builder,
      "was built from https://github.com/acme/shop-2, not from https://github.com/acme/shop; build it there",
    ],
    [
      {},
      builder,
      "was built from no repository that it names, not from https://github.com/acme/shop; build it there",
    ],
    [
      { source: EXPECTED.source },
      `${EXPECTED.builder}-2`,
      `was built by ${EXPECTED.builder}-2, not by ${EXPECTED.builder}; build it there`,
    ],
    [
      { source: EXPECTED.source },
      { a: 1 },
      `was built by nobody whom it names, not by ${EXPECTED.builder}; build it there`,
    ],
  ])("with %j by %j is refused", (parameters, id, says) => {
    expect(findProvenanceProblem(readProvenances(printed(parameters, id)), EXPECTED)).toBe(says);
  });

  it("must be there, and one that fits is enough", () => {
    expect(findProvenanceProblem([], EXPECTED)).toMatch(/^has no provenance/);
    const other = printed({ source: "https://github.com/acme/base" }, builder);
    const own = printed({ source: EXPECTED.source }, EXPECTED.builder);
    expect(findProvenanceProblem(readProvenances(other + own), EXPECTED)).toBeNull();
  });
});

it.each([
  ["git+https://github.com/acme/shop.git@refs/heads/main", "https://github.com/acme/shop"],
  ["https://user:word@git.example.com/acme/shop.git", "https://git.example.com/acme/shop"],
  ["https://git.example.com:8443/acme/shop/", "https://git.example.com:8443/acme/shop"],
])("the repository of %s is %s", (address, repository) => {
  expect(repositoryOf(address)).toBe(repository);
});

// As cosign 3.1.3 and, the second one, 2.x say it.
const NO_MATCH =
  "failed to verify signature: could not verify envelope: accepted signatures do not match threshold, Found: 0, Expected 1";
it.each([
  ["no signatures found", "has no signature; build it by `maestro images --sign`"],
  [
    "no matching signatures: invalid signature when validating ASN.1 encoded signature",
    "has a signature, and none is by cosign.pub; build it where cosign.pub signs",
  ],
  [
    `no matching attestations: ${NO_MATCH}`,
    "has a signature, and none is by cosign.pub; build it where cosign.pub signs",
  ],
  [
    "no matching attestations: failed to verify signature: provided artifact digest does not match any digest in statement",
    "has a signature of another image; look who has put it there, and build it again",
  ],
  [
    "Get x: dial tcp: connect: connection refused",
    "cannot be verified: Get x: dial tcp: connect: connection refused; mend that and run it again",
  ],
])("what cosign says is told: %s", (words, says) => {
  const stderr = `WARNING: something\nError: ${words}\nerror during command execution: ${words}\n`;
  expect(explainFailure("signature", "cosign.pub", stderr)).toBe(says);
});

it("what a key has attested is no signature", () => {
  const printed = (type: string) => JSON.stringify([{ critical: { type } }]);
  expect(hasSignature(printed("https://slsa.dev/provenance/v1"))).toBe(false);
  expect(hasSignature(printed("https://sigstore.dev/cosign/sign/v1"))).toBe(true);
  expect(hasSignature(printed("cosign container image signature"))).toBe(true);
});
