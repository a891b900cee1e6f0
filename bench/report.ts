import type { MachineReport } from "./machine";
import { isMet, valueOf, type Measurement, type PartResult, type Unit } from "./measurement";

/** Everything one run of the bench found out. */
export interface BenchResult {
  readonly machine: MachineReport;
  readonly rounds: number;
  readonly parts: readonly PartResult[];
}

const DIGITS: Readonly<Record<Unit, number>> = {
  s: 2,
  ms: 0,
  µs: 1,
  MB: 0,
  kB: 0,
  "%": 1,
  requests: 0,
  x: 2,
};

/** The result as Markdown: a table a part, and what it was measured on. */
export function renderReport({ machine, rounds, parts }: BenchResult): string {
  const counted = rounds > 1 ? `${rounds - 1} rounds after a warm-up` : "one round, not warmed up";
  const facts = Object.entries(machine).map(([label, value]) => `- ${label}: ${value}`);
  return [
    `Medians of ${counted}; lost requests are added up. Ratios compare runs of the same round.`,
    "",
    ...facts,
    ...parts.flatMap(({ title, measurements }) => ["", `### ${title}`, "", ...table(measurements)]),
    "",
  ].join("\n");
}

function table(measurements: readonly Measurement[]): string[] {
  const head = ["Measured", "Result", "From", "To", "Target", ""];
  const body = measurements.map((measurement) => {
    const { name, unit, samples, atMost } = measurement;
    const met = isMet(measurement);
    return [
      name,
      `${format(valueOf(measurement), unit)}`,
      format(Math.min(...samples), unit),
      format(Math.max(...samples), unit),
      atMost === undefined ? "" : `<= ${format(atMost, unit)}`,
      met === null ? "" : met ? "met" : "**missed**",
    ];
  });
  const widths = head.map((_, column) =>
    Math.max(3, ...[head, ...body].map((row) => row[column]!.length)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...body.map(line)];
}

function format(value: number, unit: Unit): string {
  const number = Number.isFinite(value) ? value.toFixed(DIGITS[unit]) : "?";
  return unit === "x" ? `${number}x` : unit === "requests" ? number : `${number} ${unit}`;
}
