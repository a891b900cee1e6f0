import { Command } from "commander";
import pc from "picocolors";
import { connectHost } from "../host/connectHost";
import type { Host } from "../host/host";
import type { Condition } from "../rules/health/condition";
import { plainText } from "../rules/plainText";
import { examine, patientOf, type Examined } from "./doctor/examination";
import { examinationsOf } from "./doctor/examinations";
import { addReason, beginChange } from "./shared/beginChange";
import { DEFAULT_STACK, readUnreleasedSettings } from "./shared/stackFile";
import { examplesOf } from "./shared/examples";

interface Options {
  readonly stack: string;
  readonly fix?: boolean;
  readonly reason?: string;
  readonly json?: boolean;
}

const LINE_LENGTH = 2_000;

/**
 * `doctor`: looks at everything that a stack needs. Exit code 0: nothing is bad, 1: something is, or could not be looked
 * at. Warnings do not count.
 */
export async function main(argv: string[]): Promise<number> {
  const options = addReason(new Command("doctor"))
    .description(
      "Looks at everything that a stack needs, says what it means and how to mend it; the exit code says whether all is well.",
    )
    .option("--stack <name>", "stack to look at", DEFAULT_STACK)
    .option("--fix", "mend what can be mended without harm, then look again")
    .option("--json", "print JSON")
    .addHelpText("after", examplesOf("doctor"))
    .parse(argv, { from: "user" })
    .opts<Options>();
  await beginChange("doctor", { ...options, preview: !options.fix });
  // A configuration with mistakes says all of them, and nothing else can be looked at.
  const settings = readUnreleasedSettings(options.stack);
  let connection: Promise<Host> | null = null;
  const host = () => (connection ??= connectHost(settings.host));
  const patient = patientOf(options.stack, settings, host);
  const examinations = examinationsOf(settings);
  try {
    let found = await examine(examinations, patient);
    if (options.fix && (await mend(found))) found = await examine(examinations, patient);
    if (options.json) console.log(JSON.stringify(describe(options.stack, found), null, 2));
    else found.forEach(print);
    return isWell(found) ? 0 : 1;
  } finally {
    (await (connection as Promise<Host> | null)?.catch(() => null))?.close();
  }
}

/** One after the other, since one may be what the next one needs; returns whether anything was mended. */
async function mend(found: readonly Examined[]): Promise<boolean> {
  let isMended = false;
  for (const { name, findings } of found) {
    for (const { fix } of findings) {
      if (fix === undefined) continue;
      try {
        console.error(`${name}: ${await fix()}`);
        isMended = true;
      } catch (error) {
        console.error(`${name}: could not be mended: ${(error as Error).message}`);
      }
    }
  }
  return isMended;
}

function isWell(found: readonly Examined[]): boolean {
  const conditions = found.flatMap(({ findings }) => findings.map(({ condition }) => condition));
  return conditions.every((condition) => condition === "good" || condition === "warning");
}

function describe(stack: string, found: readonly Examined[]) {
  const findings = found.flatMap(({ name, findings: its }) =>
    its.map(({ fix, ...finding }) => ({ name, ...finding, fixable: fix !== undefined })),
  );
  return { stack, well: isWell(found), findings };
}

const MARKS: Readonly<Record<Condition, string>> = {
  good: pc.green("●"),
  warning: pc.yellow("▲"),
  bad: pc.red("○"),
  unknown: pc.yellow("?"),
};

function print({ name, findings }: Examined): void {
  for (const { condition, says, means, mend: remedy, fix } of findings) {
    console.log(`${MARKS[condition]} ${name}: ${plainText(says, LINE_LENGTH)}`);
    if (means !== undefined) console.log(`    ${means}`);
    if (remedy === undefined) continue;
    console.log(`    mend: ${plainText(remedy, LINE_LENGTH)}${fix ? " (or --fix)" : ""}`);
  }
}
