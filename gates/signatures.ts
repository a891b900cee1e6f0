import { existsSync } from "node:fs";
import path from "node:path";
import { openCosign, type Cosign } from "../registry/cosign";
import type { RegistryAddresses } from "../rules/aws/ecrAddress";
import {
  attestationArguments,
  explainFailure,
  findProvenanceProblem,
  hasSignature,
  lacks,
  readProvenances,
  verifyArguments,
  type SignatureSettings,
} from "../rules/gates/signatureRules";
import { findWaiverProblems, isCurrent } from "../rules/gates/waiver";
import type { Gate, GateQuestion } from "./gate";

const SHOWN = 5;
/** As much of a digest as a person compares. */
const DIGEST_LENGTH = "sha256:".length + 12;
/** Images that are asked about at once. */
const AT_ONCE = 4;
/** Two hundred images, each asked for at a registry that is not near. */
const PATIENCE_SECONDS = 180;

/**
 * Keeps a release in whose images nobody has signed who may, or that were built elsewhere. What serves already is not asked
 * about: what was let out before the gate was there must not keep in a release of something else.
 *
 * @param root directory of the project, which has the key.
 * @param registry the stack's ECR; left out: it has none.
 */
export function signaturesGate(
  settings: SignatureSettings,
  root: string,
  registry?: RegistryAddresses,
): Gate {
  return {
    name: "signatures",
    patienceSeconds: PATIENCE_SECONDS,
    ask: (question, signal) => judge(settings, root, registry, question, signal),
  };
}

async function judge(
  settings: SignatureSettings,
  root: string,
  registry: RegistryAddresses | undefined,
  { images, digests, servingDigests }: GateQuestion,
  signal: AbortSignal,
): Promise<string | null> {
  const now = new Date();
  const says = findWaiverProblems(settings.waivers, ({ service }) => service, now);
  const waived = settings.waivers.filter((waiver) => isCurrent(waiver, now));
  const asked = Object.entries(images).filter(
    ([service]) =>
      digests[service] !== servingDigests[service] &&
      !waived.some((waiver) => waiver.service === service),
  );
  if (asked.length > 0) {
    const cosign = await openCosign(registry);
    try {
      const problems = await findProblems(asked, { cosign, settings, root, signal });
      says.push(...problems.slice(0, SHOWN));
      if (problems.length > SHOWN) says.push(`and ${problems.length - SHOWN} more services`);
    } finally {
      cosign.close();
    }
  }
  return says.length === 0 ? null : says.join("; ");
}

/** What is the same for all images. */
interface Verification {
  readonly cosign: Cosign;
  readonly settings: SignatureSettings;
  readonly root: string;
  readonly signal?: AbortSignal | undefined;
}

/** A line for each service whose image must not be released. */
async function findProblems(
  images: readonly (readonly [service: string, image: string])[],
  verification: Verification,
): Promise<string[]> {
  const problems: string[] = [];
  const pending = [...images.entries()];
  const work = async () => {
    for (let next = pending.shift(); next; next = pending.shift()) {
      const [index, [service, image]] = next;
      const problem = await findSignatureProblem(image, verification);
      const digest = (image.split("@")[1] ?? "").slice(0, DIGEST_LENGTH);
      if (problem !== null) problems[index] = `${service}: ${digest} ${problem}`;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return problems.filter(Boolean);
}

/**
 * Why an image must not be released; null: it is signed, and was built, as it must be.
 *
 * @throws Error when nobody can say: no cosign, no key.
 */
export async function findSignatureProblem(
  image: string,
  { cosign, settings, root, signal }: Verification,
): Promise<string | null> {
  const key = keyOf(settings, root);
  const by = settings.key ?? settings.identity ?? "";
  const signed = await cosign.run(verifyArguments(settings, key, image), signal);
  if (signed.exitCode !== 0) return explainFailure("signature", by, signed.stderr);
  if (!hasSignature(signed.stdout)) return lacks("signature");
  if (settings.provenance === undefined) return null;
  const attested = await cosign.run(attestationArguments(settings, key, image), signal);
  if (attested.exitCode !== 0) return explainFailure("provenance", by, attested.stderr);
  return findProvenanceProblem(readProvenances(attested.stdout), settings.provenance);
}

/** As cosign is told; null: it is not by a key. */
function keyOf({ key }: SignatureSettings, root: string): string | null {
  if (key === undefined || key.includes("://")) return key ?? null;
  const file = path.resolve(root, key);
  // A missing file must say so, and not look like an image that nobody has signed.
  if (!existsSync(file)) {
    throw new Error(`there is no key ${key} in the project; write the public key there`);
  }
  return file;
}
