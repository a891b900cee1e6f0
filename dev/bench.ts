import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { Context } from "../bench/context";
import { describeMachine, loadAverage } from "../bench/machine";
import type { PartResult } from "../bench/measurement";
import { PARTS } from "../bench/parts";
import { renderReport, type BenchResult } from "../bench/report";
import { packageRoot } from "../config/project";
import { stateRoot } from "../config/paths";
import { step } from "../toolchain/setup/step";
import { buildTestImages } from "./testImages";

interface Options {
  readonly only?: readonly string[];
  readonly rounds: number;
  readonly json?: boolean;
  readonly save?: boolean;
}

const DEFAULT_ROUNDS = 5;
/** Between these lines of bench/README.md `--save` writes the result. */
const MARKS = ["<!-- result -->", "<!-- end of result -->"] as const;

/**
 * `bench`: how long releases take and what they lose, as ratios against an empty stack and against Docker Compose,
 * taken in one run. It judges nothing by its exit code: a slow machine is no failure.
 */
export async function main(argv: string[]): Promise<number> {
  const options = parseOptions(argv);
  await buildTestImages();
  const names = options.only ?? Object.keys(PARTS);
  const before = loadAverage();
  const context = new Context({ count: options.rounds });
  const parts: PartResult[] = [];
  try {
    for (const name of names) {
      const { title, run } = PARTS[name]!;
      const measurements = await step(title, () => run(context));
      parts.push({ name, title, measurements });
    }
  } finally {
    await context.remove();
  }
  const load = `${before} before, ${loadAverage()} after`;
  const machine = { ...(await describeMachine()), "load average": load };
  report({ machine, rounds: options.rounds, parts }, options);
  return 0;
}

function parseOptions(argv: string[]): Options {
  return new Command("bench")
    .description("Measures updates, rollbacks, the switch, deploys and scale.")
    .option("--only <parts...>", `some parts: ${Object.keys(PARTS).join(", ")}`, collectPart)
    .option("--rounds <count>", "rounds, of which the first is a warm-up", toCount, DEFAULT_ROUNDS)
    .option("--json", "print the result as JSON")
    .option("--save", "write the tables into bench/README.md")
    .parse(argv, { from: "user" })
    .opts<Options>();
}

function collectPart(name: string, before: readonly string[] = []): readonly string[] {
  if (!Object.hasOwn(PARTS, name)) {
    throw new InvalidArgumentError(`choose from ${Object.keys(PARTS).join(", ")}`);
  }
  return [...before, name];
}

function toCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > 100) {
    throw new InvalidArgumentError("must be a whole number from 1 to 100");
  }
  return count;
}

function report(result: BenchResult, { json, save }: Options): void {
  const markdown = renderReport(result);
  const directory = path.join(stateRoot(), "bench");
  mkdirSync(directory, { recursive: true });
  writeFileSync(path.join(directory, "result.json"), `${JSON.stringify(result, null, 2)}\n`);
  writeFileSync(path.join(directory, "result.md"), markdown);
  if (save) saveToReadme(markdown);
  console.log(json ? JSON.stringify(result, null, 2) : markdown);
}

function saveToReadme(markdown: string): void {
  const file = path.join(packageRoot(), "bench", "README.md");
  const text = readFileSync(file, "utf8");
  const [begin, end] = MARKS.map((mark) => text.indexOf(mark)) as [number, number];
  if (begin < 0 || end < begin) throw new Error(`${file}: the lines ${MARKS.join(", ")} are gone`);
  const head = text.slice(0, begin + MARKS[0].length);
  writeFileSync(file, `${head}\n\n${markdown}\n${text.slice(end)}`);
}
