import { FAULTS, FAULTS_ELSEWHERE } from "./catalogue";
import type { Fault } from "./fault";
import type { FaultResult } from "./run";

const HEADINGS = ["Fault", "What", "When", "Result", "With recovery", "Lost", "Run"];
const FAILED = "**failed:**";

/** A line of the table: a fault's last run, a text for each heading. */
export type FaultRow = readonly string[];

/** @param day `2026-11-21` */
export function rowOf(result: FaultResult, day: string): FaultRow {
  const { id, title, phase, passed, outcome, seconds, lost, mayLose } = result;
  const losses = mayLose > 0 ? `${lost} (at most ${mayLose})` : `${lost}`;
  const verdict = passed ? outcome : `${FAILED} ${outcome.split("\n")[0]}`;
  const cells = [id, title, phase, verdict, `${seconds.toFixed(0)} s`, losses, day];
  return cells.map((cell) => cell.replaceAll("|", "/"));
}

/** The rows of a table that was written before. */
export function readRows(text: string): FaultRow[] {
  return text
    .split("\n")
    .map((line) => line.split("|").slice(1, -1))
    .filter((cells) => cells.length === HEADINGS.length)
    .map((cells) => cells.map((cell) => cell.trim()))
    .filter(([id = ""]) => /^F\d+$/.test(id));
}

/** Each fault's last run, in the catalogue's order; what the catalogue does not have any more is left out. */
export function lastRuns(before: readonly FaultRow[], now: readonly FaultRow[]): FaultRow[] {
  const rows = new Map([...before, ...now].map((row) => [nameOf(row), row]));
  return FAULTS.map(({ id, title, phase }: Fault) => {
    const notRun = [id, title, phase, "not run yet", "", "", ""];
    return rows.get(nameOf(notRun)) ?? notRun;
  });
}

function nameOf([id, title]: FaultRow): string {
  return `${id} ${title}`;
}

/** The faults that were made, then those that this suite does not make. */
export function renderTable(rows: readonly FaultRow[]): string {
  const held = rows.filter(([, , , verdict = "", , , day]) => day && !verdict.startsWith(FAILED));
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const ruled = (headings: readonly string[]) => [line(headings), line(headings.map(() => "---"))];
  return [
    `${held.length} of ${rows.length} held in their last run.`,
    "",
    ...ruled(HEADINGS),
    ...rows.map(line),
    "",
    "Not made by this suite:",
    "",
    ...ruled(["Fault", "What", "Where, or why not"]),
    ...FAULTS_ELSEWHERE.map(({ id, title, where }) => line([id, title, where])),
  ].join("\n");
}
