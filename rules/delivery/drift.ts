import { withoutNotes, type DriftFinding } from "../drift/finding";
import { block, code } from "./markdown";

/** What could not be asked, and why not. */
export interface Unseen {
  readonly source: string;
  readonly says: string;
}

/** How what runs differs from what was released. */
export interface Drift {
  readonly stack: string;
  readonly project: string;
  readonly findings: readonly DriftFinding[];
  /** Empty: everything was asked. */
  readonly unseen: readonly Unseen[];
}

/** Findings that an issue shows; the rest is counted. */
const SHOWN = 50;

/** Whether anything differs. */
export function isDrift({ findings }: Pick<Drift, "findings">): boolean {
  return withoutNotes(findings).length > 0;
}

/** The first line of a stack's issue, by which the next run finds it. */
export function driftMark({ project, stack }: Pick<Drift, "project" | "stack">): string {
  return `<!-- maestro drift: ${project}/${stack} -->`;
}

/** A finding in one line. Names of others' containers and files are in it. */
export function describeFinding({ where, says }: DriftFinding): string {
  return `${where}: ${says}`;
}

/** What an issue says. It has no time in it: what stays the same is no news. */
export function renderDrift(drift: Drift): { title: string; body: string } {
  const { stack, findings, unseen } = drift;
  const found = withoutNotes(findings);
  const shown = found.slice(0, SHOWN);
  const rest = found.length - shown.length;
  const body = [
    driftMark(drift),
    `What runs is not what was released to \`${stack}\`.`,
    "",
    ...shown.flatMap((finding) => [
      `${finding.severity}, ${code(finding.id, 300)}:`,
      "",
      ...block([describeFinding(finding), ...(finding.repair ? [`$ ${finding.repair}`] : [])]),
      "",
    ]),
    ...(rest > 0 ? [`and ${rest} more`, ""] : []),
    ...(unseen.length > 0
      ? [
          "Could not be asked:",
          "",
          ...block(unseen.map(({ source, says }) => `${source}: ${says}`)),
          "",
        ]
      : []),
    `\`maestro drift --stack ${stack}\` looks again. What was changed and is to stay belongs into git. This issue is ` +
      "closed once nothing differs.",
    "",
  ];
  return { title: `${stack}: what runs is not what was released`, body: body.join("\n") };
}
