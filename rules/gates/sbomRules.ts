/** Of which images somebody must have listed the parts. */
export interface SbomSettings {
  /** Directory of the project with a list for each image. */
  readonly directory: string;
  /** What becomes of a release whose image has no list that counts. */
  readonly onMissing: "refuse" | "pass";
}

/** How files are named that hold a list of parts: SPDX and CycloneDX, both in JSON. */
export const SBOM_ENDINGS = [".spdx.json", ".cdx.json"] as const;

/** Why a file is no list of an image's parts; null: it is one. */
export function findSbomProblem(text: string, digest: string): string | null {
  let document: { readonly spdxVersion?: unknown; readonly bomFormat?: unknown } | null;
  try {
    document = JSON.parse(text) as typeof document;
  } catch {
    return "is no JSON; make it again";
  }
  if (typeof document?.spdxVersion !== "string" && document?.bomFormat !== "CycloneDX") {
    return "is neither SPDX nor CycloneDX; make it again";
  }
  return text.includes(digest.replace("sha256:", "")) ? null : "is of another image; make it again";
}
