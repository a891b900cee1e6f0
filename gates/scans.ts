import { readFileSync } from "node:fs";
import path from "node:path";
import { findBadFindings, findReportProblem, type ScanSettings } from "../rules/gates/scanRules";
import { readScanReport, type ScanReport } from "../rules/gates/scanReport";
import { findWaiverProblems } from "../rules/gates/waiver";
import type { Gate, GateQuestion } from "./gate";

const SHOWN = 5;

/** Keeps a release in whose images have known weaknesses that those which serve do not have, or that nobody has scanned. */
export function scansGate(settings: ScanSettings, root: string): Gate {
  return {
    name: "scans",
    ask: (question) =>
      Promise.resolve(judge(settings, path.resolve(root, settings.directory), question)),
  };
}

function judge(settings: ScanSettings, directory: string, question: GateQuestion): string | null {
  const now = new Date();
  const says = findWaiverProblems(settings.waivers, ({ id }) => id, now);
  for (const [service, digest] of Object.entries(question.digests)) {
    const report = readReport(directory, digest);
    const problem = report === "missing" ? "is not there" : findReportProblem(report, digest, now);
    if (problem !== null) {
      const unknown = `${service}: ${path.join(settings.directory, fileOf(digest))} ${problem}`;
      if (settings.onMissing === "refuse") says.push(unknown);
      else console.warn(`gate scans: ${unknown}; it counts as scanned (onMissing: pass)`);
      continue;
    }
    const before = question.servingDigests[service];
    const serving = before === undefined ? null : readReport(directory, before);
    const known = serving === "missing" ? null : serving;
    const bad = findBadFindings(report as ScanReport, known, settings, now);
    if (bad.length === 0) continue;
    const shown = bad
      .slice(0, SHOWN)
      .map(({ id, package: name, severity }) => `${id} in ${name} (${severity})`);
    const more = bad.length > SHOWN ? ` and ${bad.length - SHOWN} more` : "";
    says.push(`${service}: ${shown.join(", ")}${more}; update the package, or waive it for a time`);
  }
  return says.length === 0 ? null : says.join("; ");
}

function readReport(directory: string, digest: string): ScanReport | null | "missing" {
  try {
    return readScanReport(readFileSync(path.join(directory, fileOf(digest)), "utf8"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "missing";
    throw error;
  }
}

function fileOf(digest: string): string {
  return `${digest.replace(/^sha256:/, "")}.json`;
}
