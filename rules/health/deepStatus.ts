import type { Color } from "../../release/release";
import { plainText } from "../plainText";
import type { Condition } from "./condition";

/** What a look has found. */
export interface DeepFinding {
  readonly condition: Condition;
  /** What there is; where it is not well, what was wanted too. */
  readonly says: string;
  /** What an operator does about it. @default - nothing */
  readonly mend?: string;
}

/** One thing that was looked at. */
export interface DeepLook extends DeepFinding {
  /** Null: it is the whole stack's. */
  readonly service: string | null;
  /** `readiness`, `memory`, or what the project calls a dependency. */
  readonly check: string;
  /** How long the look has taken, as the deployer sees it. */
  readonly milliseconds: number;
}

/** All that was found of a set at one moment. */
export interface DeepStatus {
  readonly stack: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly set: Color;
  readonly isActive: boolean;
  readonly release: string;
  readonly well: boolean;
  readonly looks: readonly DeepLook[];
}

/** How a table is shown on a terminal. */
export interface DeepStyle {
  readonly strong: (text: string) => string;
  readonly faint: (text: string) => string;
  readonly marks: Readonly<Record<Condition, string>>;
}

const HEADS = ["SERVICE", "CHECK", "RESULT", "TIME"];
const GAP = "  ";
const SHOWN = 500;

/** Whether all could be looked at and nothing is bad. Warnings do not count. */
export function isWell(looks: readonly DeepLook[]): boolean {
  return looks.every(({ condition }) => condition === "good" || condition === "warning");
}

/** Exit code: 0 all is well, 2 something is bad, 1 nothing is as far as it could be looked at. */
export function exitCodeOf(looks: readonly DeepLook[]): 0 | 1 | 2 {
  if (isWell(looks)) return 0;
  return looks.some(({ condition }) => condition === "bad") ? 2 : 1;
}

/** What is not well, a line each: what `--wait` waits for. */
export function namesOfUnwell(looks: readonly DeepLook[]): string[] {
  return looks
    .filter((look) => !isWell([look]))
    .map(({ service, check, says }) => `${service ?? "stack"} ${check}: ${plainText(says, SHOWN)}`);
}

/** The table, and below each row that is not well what mends it. */
export function showDeep(status: DeepStatus, { strong, faint, marks }: DeepStyle): string[] {
  const rows = status.looks.map(({ service, check, condition, milliseconds }) => [
    ...[service ?? "-", check, condition, `${Math.round(milliseconds)} ms`],
  ]);
  const widths = HEADS.map((head, column) =>
    Math.max(head.length, ...rows.map((row) => row[column]!.length)),
  );
  const lineOf = (cells: readonly string[]) =>
    cells.map((cell, column) => cell.padEnd(widths[column]!)).join(GAP);
  const role = status.isActive ? "active" : "idle";
  return [
    `${strong(status.stack)}  ${status.set} (${role}), release ${status.release}, at ${status.at}`,
    faint(`  ${lineOf(HEADS)}${GAP}DETAIL`),
    ...status.looks.flatMap(({ condition, says, mend }, index) => [
      `${marks[condition]} ${lineOf(rows[index]!)}${GAP}${plainText(says, SHOWN)}`,
      ...(mend === undefined ? [] : [`    mend: ${plainText(mend, SHOWN)}`]),
    ]),
  ];
}
