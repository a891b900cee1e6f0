import { plainText } from "../plainText";

/** One migration, as the image that has it describes it. */
export interface SchemaRevision {
  readonly revision: string;
  /** Revisions it follows; more than one where two lines of migrations meet. */
  readonly down: readonly string[];
  /** Whether services that know only earlier revisions still work after it (an expansion). */
  readonly compatible: boolean;
}

/** The part of a migration's output that says what it did; null: the command reports nothing. */
export interface SchemaReport {
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly known: readonly SchemaRevision[];
}

const REPORT = "maestro-schema: ";

/** Whether a line is a report: it is for programs, and as long as an image has revisions. */
export function isReport(line: string): boolean {
  return line.startsWith(REPORT);
}

/**
 * Finds the report that `maestro_core_db.migrations` prints; any other command may print one too.
 *
 * @throws Error when the line is no such report.
 */
export function parseReport(output: string): SchemaReport | null {
  const line = output.split("\n").reverse().find(isReport);
  if (line === undefined) return null;
  const report = readJson(line.slice(REPORT.length));
  if (isSchemaReport(report)) return report;
  throw new Error(
    `its migration printed "${plainText(line, 80)}", which is no report; print ` +
      `${REPORT}{"before": ["1"], "after": ["2"], "known": [{"revision": "2", "down": ["1"], "compatible": true}]}`,
  );
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isSchemaReport(value: unknown): value is SchemaReport {
  const { before, after, known } = (value ?? {}) as Record<string, unknown>;
  return (
    isNames(before) &&
    isNames(after) &&
    Array.isArray(known) &&
    known.every((each: unknown) => {
      const { revision, down, compatible } = (each ?? {}) as Record<string, unknown>;
      return typeof revision === "string" && isNames(down) && typeof compatible === "boolean";
    })
  );
}

function isNames(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}
