import { askGates, describeRefusals } from "../../gates/askGates";
import type { GateQuestion } from "../../gates/gate";
import { repositoryOf } from "../../registry/reference";
import type { RegistryAddresses } from "../../rules/aws/ecrAddress";
import type { SignatureSettings } from "../../rules/gates/signatureRules";
import { Moto, MOTO_ACCOUNT, MOTO_REGION } from "../support/moto";
import { PrivateRegistry } from "../support/privateRegistry";
import { SignedImages, useSigningTools } from "../support/signedImages";

jest.setTimeout(600_000);

const BUILDER = "https://github.com/acme/shop/.github/workflows/main.yml";
const PROVENANCE = { builder: BUILDER, source: "https://github.com/acme/shop" };
const KEYED: SignatureSettings = { key: "own.pub", transparencyLog: false, waivers: [] };
let images: SignedImages;
let leaveTools: () => void;
let signed: string;
let unsigned: string;

const builtBy = (builder: string, source: string) => ({
  buildDefinition: {
    ...{ buildType: "https://example.com/build", resolvedDependencies: [] },
    externalParameters: { source: `git+${source}@refs/heads/main` },
  },
  runDetails: { builder: { id: `${builder}@refs/heads/main` }, metadata: { invocationId: "1" } },
});

beforeAll(async () => {
  leaveTools = await useSigningTools();
  images = await SignedImages.create("own", "other");
  unsigned = await images.push("unsigned");
  signed = await images.push("signed");
  await images.sign(signed, "own");
});
afterAll(async () => {
  leaveTools();
  await images.remove();
});

/** What the gate says of a release of one image; empty: it lets it out. */
async function answer(
  image: string,
  settings: Partial<SignatureSettings> = {},
  serving: Readonly<Record<string, string>> = {},
  registry?: RegistryAddresses,
): Promise<string> {
  const [, digest = ""] = image.split("@");
  const question: GateQuestion = {
    ...{ moment: "place", stack: "production", release: "a23456789abc", replaces: null },
    ...{ digests: { web: digest }, images: { web: image }, servingDigests: serving },
    ...{ traffic: { bakeSeconds: 0, canary: null }, deployer: "ci", usedApprovals: [] },
  };
  const signatures = { ...KEYED, ...settings };
  const gates = { window: null, modules: [], signatures, ...(registry && { registry }) };
  return describeRefusals(await askGates(gates, images.directory, question));
}

const says = (image: string, what: string) =>
  `gate signatures: web: ${image.split("@")[1]?.slice(0, 19)} ${what}`;

describe("the gate of signatures", () => {
  it("lets out what the key has signed, and nothing that nobody has", async () => {
    expect(await answer(signed)).toBe("");
    expect(await answer(unsigned)).toBe(
      says(unsigned, "has no signature; build it by `maestro images --sign`"),
    );
  });

  it("keeps in what another key has signed, until ours has too", async () => {
    const image = await images.push("other");
    await images.sign(image, "other");
    expect(await answer(image)).toBe(
      says(image, "has a signature, and none is by own.pub; build it where own.pub signs"),
    );
    await images.sign(image, "own");
    expect(await answer(image)).toBe("");
  });

  it("keeps in an image with the signature of another", async () => {
    const image = await images.push("borrowed");
    const { address, path: name } = repositoryOf(image);
    const tagOf = (of: string) => (of.split("@")[1] ?? "").replace(":", "-");
    const manifest = (of: string) => `http://${address}/v2/${name}/manifests/${tagOf(of)}`;
    const type = "application/vnd.oci.image.index.v1+json";
    const found = await fetch(manifest(signed), { headers: { Accept: type } });
    const body = await found.text();
    const headers = { "Content-Type": type };
    expect((await fetch(manifest(image), { method: "PUT", headers, body })).status).toBe(201);
    expect(await answer(image)).toContain("has a signature of another image");
  });

  it("takes nothing else that the key has attested for a signature", async () => {
    const image = await images.push("attested");
    await images.attest(image, "own", builtBy(BUILDER, PROVENANCE.source));
    expect(await answer(image)).toContain("has no signature");
  });

  it("keeps in what was built by somebody else, or from another repository", async () => {
    const wanted = { provenance: PROVENANCE };
    expect(await answer(signed, wanted)).toContain("has no provenance");
    const image = await images.push("built");
    await images.sign(image, "own");
    await images.attest(image, "other", builtBy(BUILDER, PROVENANCE.source));
    expect(await answer(image, wanted)).toContain("has no provenance");
    await images.attest(image, "own", builtBy(BUILDER, "https://github.com/eve/shop"));
    expect(await answer(image, wanted)).toContain(
      "was built from https://github.com/eve/shop, not from https://github.com/acme/shop",
    );
    await images.attest(image, "own", builtBy(BUILDER, PROVENANCE.source));
    expect(await answer(image, wanted)).toBe("");
    const elsewhere = { ...PROVENANCE, builder: "https://ci.example.com/shop" };
    expect(await answer(image, { provenance: elsewhere })).toContain(
      `was built by ${BUILDER}@refs/heads/main, not by https://ci.example.com/shop`,
    );
  });

  it("keeps everything in that it cannot ask about", async () => {
    const away = unsigned.replace("localhost:5000", "127.0.0.1:9");
    expect(await answer(away)).toMatch(/cannot be verified: .*connection refused/);
    expect(await answer(signed, { key: "gone.pub" })).toContain(
      "cannot be asked, so it counts as closed: there is no key gone.pub in the project",
    );
    const logged = await answer(signed, { transparencyLog: true });
    // Whether it is the log's keys that cannot be had, or that no entry is there.
    expect(logged).toMatch(/cannot be verified: |has no signature/);
    const { PATH } = process.env;
    process.env["PATH"] = "/nowhere";
    expect(await answer(signed)).toContain("cosign is not installed on this machine");
    process.env["PATH"] = PATH;
  });

  it("asks an ECR with the login that AWS gives", async () => {
    const [moto, door] = await Promise.all([Moto.start(), PrivateRegistry.start()]);
    const before = { ...process.env };
    Object.assign(process.env, moto.environment);
    const address = `${MOTO_ACCOUNT}.dkr.ecr.${MOTO_REGION}.amazonaws.com`;
    const registry = { address, endpoint: door.address };
    // The same layers, behind a login.
    const image = signed.replace("localhost:5000", door.address);
    const answers = [await answer(image), await answer(image, {}, {}, registry)];
    process.env = before;
    await Promise.all([moto.stop(), door.stop()]);
    expect(answers).toEqual([expect.stringMatching(/cannot be verified: .*UNAUTHORIZED/), ""]);
  });

  it("asks neither about what serves already, nor about what somebody answers for", async () => {
    const [, digest = ""] = unsigned.split("@");
    expect(await answer(unsigned, {}, { web: digest })).toBe("");
    expect(await answer(unsigned, {}, { api: digest })).toContain("has no signature");
    const day = 86_400_000;
    const waiver = { service: "web", reason: "from before we signed", owner: "ops" };
    const until = (days: number) => new Date(Date.now() + days * day).toISOString().slice(0, 16);
    const waivers = (days: number) => ({ waivers: [{ ...waiver, expires: until(days) }] });
    expect(await answer(unsigned, waivers(1))).toBe("");
    expect(await answer(unsigned, waivers(-1))).toContain("has no signature");
    expect(await answer(unsigned, waivers(99))).toContain("at most 90 days count");
  });
});
