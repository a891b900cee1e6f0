import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Command } from "commander";
import { FAULTS } from "../tests/faults/catalogue";
import type { Fault } from "../tests/faults/fault";
import { runFault, type FaultResult } from "../tests/faults/run";
import { lastRuns, readRows, renderTable, rowOf, type FaultRow } from "../tests/faults/table";
import { FaultWorld } from "../tests/faults/world";
import { packageRoot } from "../config/project";
import { buildTestImages } from "./testImages";

interface Options {
  readonly only?: readonly string[];
  readonly save?: boolean;
  readonly json?: boolean;
}

/** Between these lines of docs/reliability.md `--save` writes the result. */
const MARKS = ["<!-- result -->", "<!-- end of result -->"] as const;

/** `faults`: harms a throwaway stack in every way it knows, under load. Exit code 1 when something did not hold. */
export async function main(argv: string[]): Promise<number> {
  const { only, save, json } = new Command("faults")
    .description(
      "Harms a throwaway stack under load, and tells what users lost and whether it converged.",
    )
    .option("--only <ids...>", "some faults: F1 F4 ...")
    .option("--save", "put the results into the table of docs/reliability.md")
    .option("--json", "print the result as JSON")
    .parse(argv, { from: "user" })
    .opts<Options>();
  const faults = FAULTS.filter(({ id }) => !only || only.includes(id));
  if (faults.length === 0) throw new Error(`no such fault: ${only?.join(", ")}`);
  await buildTestImages();
  const results: FaultResult[] = await runTogether(faults.filter(({ engine }) => !engine));
  for (const fault of faults.filter(({ engine }) => engine))
    results.push(...(await runTogether([fault])));
  const day = new Date().toISOString().slice(0, 10);
  const rows = results.map((result) => rowOf(result, day));
  if (save) saveRows(rows);
  console.log(json ? JSON.stringify(results) : renderTable(rows));
  return results.every(({ passed }) => passed) ? 0 : 1;
}

/** Faults on one stack, one after the other. Those that harm the engine have one for themselves each. */
async function runTogether(faults: readonly Fault[]): Promise<FaultResult[]> {
  if (faults.length === 0) return [];
  const world = await FaultWorld.create("harm", faults[0]?.engine);
  const results: FaultResult[] = [];
  try {
    for (const fault of faults) {
      const result = await runFault(world, fault);
      const { id, title, passed, outcome, lost } = result;
      console.error(`${passed ? "ok    " : "FAILED"} ${id} ${title}: ${outcome}; ${lost} lost`);
      results.push(result);
    }
  } finally {
    await world.remove();
  }
  return results;
}

/** Puts the rows of this run in place of their last ones. */
function saveRows(rows: readonly FaultRow[]): void {
  const file = path.join(packageRoot(), "docs", "reliability.md");
  const [before, rest] = readFileSync(file, "utf8").split(MARKS[0]);
  const [saved, after] = rest?.split(MARKS[1]) ?? [];
  if (before === undefined || saved === undefined || after === undefined) {
    throw new Error(`${file}: has no ${MARKS.join(" and ")}`);
  }
  const text = renderTable(lastRuns(readRows(saved), rows));
  writeFileSync(file, `${before}${MARKS[0]}\n\n${text}\n\n${MARKS[1]}${after}`);
}
