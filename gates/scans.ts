import { readFileSync } from "node:fs";
import path from "node:path";
import { findBadFindings, findReportProblem, type ScanSettings } from "../rules/gates/scanRules";
import { readScanReport } from "../rules/gates/scanReport";
import { findWaiverProblems } from "../rules/gates/waiver";
import type { RegistryAddresses } from "../rules/aws/ecrAddress";
import type { Gate, GateQuestion } from "./gate";
import type { FoundReport, ScanSource } from "./scanSource";

const SHOWN = 5;

/** Two hundred images, each asked for at a service. */
const PATIENCE_SECONDS = 120;

/**
 * Keeps a release in whose images have known weaknesses that those which serve do not have, or that nobody has scanned.
 *
 * @param registry the stack's ECR; left out: it has none.
 */
export function scansGate(
  settings: ScanSettings,
  root: string,
  registry?: RegistryAddresses,
): Gate {
  return {
    name: "scans",
    patienceSeconds: PATIENCE_SECONDS,
    ask: async (question) => {
      const source = await openSource(settings, root, registry);
      try {
        return await judge(settings, source, question);
      } finally {
        source.close();
      }
    },
  };
}

/** AWS's modules are loaded only for who asks ECR. */
async function openSource(
  { source, directory }: ScanSettings,
  root: string,
  registry: RegistryAddresses | undefined,
): Promise<ScanSource> {
  if (source !== "ecr") return reportFiles(root, directory);
  if (registry === undefined) throw new Error("the stack's registry is not ECR");
  return (await import("./ecrScans")).ecrScans(registry);
}

async function judge(
  settings: ScanSettings,
  source: ScanSource,
  question: GateQuestion,
): Promise<string | null> {
  const now = new Date();
  const says = await Promise.all(
    Object.keys(question.digests).map((service) => judgeOne(settings, source, question, service)),
  );
  const wrong = findWaiverProblems(settings.waivers, ({ id }) => id, now);
  const all = [...wrong, ...says.filter((line) => line !== null)];
  return all.length === 0 ? null : all.join("; ");
}

async function judgeOne(
  settings: ScanSettings,
  source: ScanSource,
  { digests, images, servingDigests }: GateQuestion,
  service: string,
): Promise<string | null> {
  const now = new Date();
  const [digest = "", image = ""] = [digests[service], images[service]];
  const { name, report, problem } = await source.read(image, digest);
  const unknown = problem ?? findReportProblem(report, digest, now);
  if (unknown !== null) {
    const says = `${service}: ${name} ${unknown}`;
    if (settings.onMissing === "refuse") return says;
    console.warn(`gate scans: ${says}; it counts as scanned (onMissing: pass)`);
    return null;
  }
  const before = servingDigests[service];
  const serving = before === undefined ? null : (await source.read(image, before)).report;
  const bad = findBadFindings(report!, serving, settings, now);
  if (bad.length === 0) return null;
  const shown = bad
    .slice(0, SHOWN)
    .map(({ id, package: its, severity }) => `${id} in ${its || "the image"} (${severity})`);
  const more = bad.length > SHOWN ? ` and ${bad.length - SHOWN} more` : "";
  return `${service}: ${shown.join(", ")}${more}; update the package, or waive it for a time`;
}

/** Reports that whoever has built the images has left in the project. */
function reportFiles(root: string, directory: string): ScanSource {
  return {
    read: (_image, digest) => {
      const name = path.join(directory, `${digest.replace(/^sha256:/, "")}.json`);
      return Promise.resolve({ name, ...readReport(path.resolve(root, name)) });
    },
    close: () => undefined,
  };
}

function readReport(file: string): Omit<FoundReport, "name"> {
  try {
    return { report: readScanReport(readFileSync(file, "utf8")) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return { report: null, problem: "is not there" };
  }
}
