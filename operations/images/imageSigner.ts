import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { instanceRoot } from "../../config/project";
import { findSignatureProblem } from "../../gates/signatures";
import { openCosign, type Cosign } from "../../registry/cosign";
import { canonicalJson } from "../../release/release";
import { findProvenanceProblem, type SignatureSettings } from "../../rules/gates/signatureRules";
import type { BuildOrigin } from "./provenance";

/** What `--sign` says for a certificate of the CI's in place of a key. */
const KEYLESS = "keyless";

/** Without these cosign uploads signatures to a public log, and asks Sigstore for its keys. */
const OFFLINE = {
  "signing-config": { mediaType: "application/vnd.dev.sigstore.signingconfig.v0.2+json" },
  "trusted-root": { mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1" },
};

/** Signs images as the stack's gate wants them signed. */
export interface ImageSigner {
  /** Part of an image's content: one that somebody else has signed is another one. */
  readonly id: string;
  /** Where images are built; null: nothing is said of that. */
  readonly origin: BuildOrigin | null;
  /** Whether the gate lets an image out that is in the registry. */
  accepts(image: string): Promise<boolean>;
  /** Signs an image, with what else is attested of it: type -> predicate. @throws Error when the gate would keep it in. */
  sign(image: string, attested: Readonly<Record<string, object>>): Promise<void>;
  close(): void;
}

/**
 * Makes ready to sign, and says what is wrong before anything is built.
 *
 * @param key a file, `env://<variable>`, a key of a key service, or `keyless`.
 * @param settings of the stack's gate; null: it has none.
 * @throws Error naming everything that is wrong.
 */
export async function openSigner(
  key: string,
  settings: SignatureSettings | null,
  origin: BuildOrigin | null,
): Promise<ImageSigner> {
  if (settings === null) {
    throw new Error(
      "--sign: nothing asks for signatures in this stack; set maestro:gates.signatures, so that they are checked",
    );
  }
  const problems = findProblems(key, settings, origin);
  if (problems.length > 0) throw new Error(problems.join("\n"));
  const cosign = await openCosign();
  const { exitCode, stderr } = await cosign.run(["version"]);
  if (exitCode !== 0) throw new Error(`cosign cannot be run: ${stderr.trim()}`);
  const directory = mkdtempSync(path.join(tmpdir(), "maestro-sign-"));
  const verification = { cosign, settings, root: instanceRoot() };
  const signing = { cosign, directory, options: signingOptions(key, settings, directory) };
  return {
    ...{ id: idOf(settings, origin !== null), origin },
    accepts: async (image) => (await findSignatureProblem(image, verification)) === null,
    sign: async (image, attested) => {
      for (const [type, predicate] of Object.entries(attested)) {
        await attest(signing, image, type, predicate);
      }
      await run(signing, ["sign", ...signing.options, image]);
      const problem = await findSignatureProblem(image, verification);
      if (problem !== null) {
        throw new Error(`${image}: is signed, and maestro:gates.signatures refuses it: ${problem}`);
      }
    },
    close: () => rmSync(directory, { recursive: true, force: true }),
  };
}

function findProblems(
  key: string,
  settings: SignatureSettings,
  origin: BuildOrigin | null,
): string[] {
  const gate = "maestro:gates.signatures";
  const isFile = key !== KEYLESS && !key.includes("://");
  const wrong =
    origin && settings.provenance && findProvenanceProblem([origin], settings.provenance);
  return [
    ...(key === KEYLESS && settings.key !== undefined
      ? [`--sign: ${gate} wants a key, got keyless; name the private key of ${settings.key}`]
      : []),
    ...(key !== KEYLESS && settings.key === undefined
      ? [`--sign: ${gate} wants an identity, got a key; use keyless`]
      : []),
    ...(isFile && !existsSync(key)
      ? [`--sign: no such file, got "${key}"; write the key there`]
      : []),
    ...(isFile && process.env["COSIGN_PASSWORD"] === undefined
      ? ["--sign: COSIGN_PASSWORD is not set; set it to the key's password"]
      : []),
    ...(settings.provenance && origin === null
      ? [`--provenance: is required by ${gate}.provenance; add it`]
      : []),
    ...(wrong ? [`--provenance: ${gate} would refuse what is built here: it ${wrong}`] : []),
  ];
}

function signingOptions(
  key: string,
  { transparencyLog }: SignatureSettings,
  directory: string,
): string[] {
  if (key === KEYLESS) return ["--yes"];
  if (transparencyLog) return ["--yes", `--key=${key}`];
  const offline = Object.entries(OFFLINE).map(([option, content]) => {
    const file = path.join(directory, `${option}.json`);
    writeFileSync(file, JSON.stringify(content));
    return `--${option}=${file}`;
  });
  return ["--yes", `--key=${key}`, ...offline];
}

function idOf(settings: SignatureSettings, hasProvenance: boolean): string {
  const { key, identity, issuer, githubRepository, provenance } = settings;
  const file = key === undefined ? undefined : path.resolve(instanceRoot(), key);
  const by = file && existsSync(file) ? readFileSync(file, "utf8") : key;
  const who = { by, identity, issuer, githubRepository, provenance, hasProvenance };
  return createHash("sha256").update(canonicalJson(who)).digest("hex");
}

interface Signing {
  readonly cosign: Cosign;
  readonly directory: string;
  readonly options: readonly string[];
}

async function attest(
  signing: Signing,
  image: string,
  type: string,
  predicate: object,
): Promise<void> {
  const digest = image.slice(image.lastIndexOf(":") + 1);
  const file = path.join(signing.directory, `${digest}-${type}.json`);
  writeFileSync(file, JSON.stringify(predicate));
  await run(signing, [
    ...["attest", ...signing.options, `--type=${type}`, `--predicate=${file}`, image],
  ]);
}

async function run({ cosign }: Signing, args: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await cosign.run(args);
  if (exitCode === 0) return;
  const says = /^Error: (.*)/m.exec(stderr)?.[1] ?? stderr.trim();
  throw new Error(`cosign ${args[0]} has failed: ${says}; mend that and run it again`);
}
