import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Command, Option } from "commander";
import { describeMachine } from "../bench/machine";
import { plotLatency } from "../tests/load/plot";
import { PROFILES, type ProfileName } from "../tests/load/profile";
import { renderLoadReport, timesOf } from "../tests/load/report";
import { runLoad, type LoadRun } from "../tests/load/run";
import { summarize, type LoadSummary } from "../tests/load/summary";
import { deriveRelease } from "../tests/support/derivedImages";
import { builtImages, TestStack } from "../tests/support/testStack";
import { stateRoot } from "../config/paths";
import { buildTestImages } from "./testImages";

interface Options {
  readonly profile: ProfileName;
  readonly json?: boolean;
  readonly out: string;
}

/**
 * `load`: updates a stack of its own again and again under load and counts what clients lose. Writes `report.md`,
 * `report.json` and `latency.svg`. Exit code 1 when anything was lost, or when a deliberate mistake was not noticed.
 */
export async function main(argv: string[]): Promise<number> {
  const { profile, json, out } = parseOptions(argv);
  await buildTestImages();
  const first = builtImages().release;
  const others = [await deriveRelease(first, "load-1"), await deriveRelease(first, "load-2")];
  const stack = new TestStack("load");
  await stack.create({ release: first });
  try {
    const run = await runLoad(
      PROFILES[profile],
      stack,
      [first, others[0]!, others[1]!],
      console.error,
    );
    const summary = summarize(run);
    await write(out, profile, run, summary);
    console.log(json ? JSON.stringify(summary) : `${verdict(summary)}; see ${out}/report.md`);
    return summary.failures.length === 0 ? 0 : 1;
  } finally {
    await stack.remove();
  }
}

function parseOptions(argv: string[]): Options {
  const profiles = new Option("--profile <name>", "how much, and how long")
    .choices(Object.keys(PROFILES))
    .default("quick");
  return new Command("load")
    .description("Updates a throwaway stack again and again under load, and counts what is lost.")
    .addOption(profiles)
    .option("--out <directory>", "where the report goes", path.join(stateRoot(), "load"))
    .option("--json", "print the result as JSON")
    .parse(argv, { from: "user" })
    .opts<Options>();
}

/** One line of what matters. */
function verdict(summary: LoadSummary): string {
  const { sent, lost, updates, seconds, failures } = summary;
  const numbers =
    `${sent} requests, ${lost} lost, ${updates} updates in ${seconds.toFixed(0)} s, p99 in deploys ` +
    `${timesOf(summary)}x of p99 without`;
  return failures.length === 0 ? numbers : `${numbers}; FAILED: ${failures.join("; ")}`;
}

async function write(
  directory: string,
  profile: string,
  run: LoadRun,
  summary: LoadSummary,
): Promise<void> {
  mkdirSync(directory, { recursive: true });
  const machine = await describeMachine();
  const save = (file: string, text: string) => writeFileSync(path.join(directory, file), text);
  save("report.md", renderLoadReport(profile, machine, run, summary));
  const { updates, growth, controls, events, webSockets } = run;
  const all = { profile, machine, summary, updates, growth, controls, events, webSockets };
  save("report.json", `${JSON.stringify(all, null, 2)}\n`);
  save("latency.svg", plotLatency(run));
}
