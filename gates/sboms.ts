import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import type { KeptSboms } from "../release/release";
import { findSbomProblem, SBOM_ENDINGS, type SbomSettings } from "../rules/gates/sbomRules";
import type { Gate } from "./gate";

/** Keeps a release in with an image of which nobody has listed what it is made of. */
export function sbomsGate(settings: SbomSettings, root: string): Gate {
  return {
    name: "sboms",
    ask: ({ digests, servingDigests }) => {
      const says = Object.entries(digests)
        .filter(([service, digest]) => servingDigests[service] !== digest)
        .flatMap(([service, digest]) => {
          const { problem, file } = readSbom(settings, root, digest);
          return problem === undefined ? [] : [`${service}: ${file} ${problem}`];
        });
      if (says.length === 0 || settings.onMissing === "refuse") {
        return Promise.resolve(says.length === 0 ? null : says.join("; "));
      }
      for (const line of says) console.warn(`gate sboms: ${line} (onMissing: pass)`);
      return Promise.resolve(null);
    },
  };
}

/** Service -> the list of its image's parts, for those that have one. */
export function keptSboms(
  settings: SbomSettings,
  root: string,
  digests: Readonly<Record<string, string>>,
): KeptSboms {
  const found = Object.entries(digests).flatMap(([service, digest]) => {
    const { file, sha256 } = readSbom(settings, root, digest);
    return sha256 === undefined ? [] : [[service, { file, sha256 }] as const];
  });
  return Object.fromEntries(found);
}

interface FoundSbom {
  readonly file: string;
  /** Left out: there is none that counts. */
  readonly sha256?: string;
  readonly problem?: string;
}

function readSbom({ directory }: SbomSettings, root: string, digest: string): FoundSbom {
  const names = SBOM_ENDINGS.map((ending) => digest.replace(/^sha256:/, "") + ending);
  for (const name of names) {
    const file = path.join(directory, name);
    const content = readIfThere(path.resolve(root, file));
    if (content === null) continue;
    const problem = findSbomProblem(content.toString("utf8"), digest);
    if (problem !== null) return { file, problem };
    return { file, sha256: createHash("sha256").update(content).digest("hex") };
  }
  const problem = "is not there; write it by `maestro images --sbom`";
  return { file: path.join(directory, names[0] ?? ""), problem };
}

function readIfThere(file: string): Buffer | null {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}
