import { Command } from "commander";
import { workOutDora, type DoraFigures } from "../rules/analytics/doraFigures";
import { renderMetrics } from "../rules/analytics/doraMetrics";
import { renderPage } from "../rules/analytics/doraPage";
import { describeDrift, describeFigures, FIGURE_NOTE } from "../rules/analytics/doraText";
import { findDrift } from "../rules/analytics/versionDrift";
import { parsePeriod } from "../rules/analytics/period";
import { lookAtStack, servingOn, type StackFacts } from "./report/lookAtStack";
import { readCommits } from "./report/readCommits";
import { DEFAULT_STACK } from "./shared/stackFile";

interface Options {
  readonly stack: readonly string[];
  readonly since: string;
  readonly json?: boolean;
  readonly html?: boolean;
  readonly prometheus?: boolean;
}

/** `report`: how a team delivers, by the records of its stacks. */
export async function main(argv: string[]): Promise<number> {
  const options = new Command("report")
    .description("Shows how releases went: the five figures of dora.dev, and how stacks differ.")
    .option("--stack <name...>", "stacks to look at", [DEFAULT_STACK])
    .option("--since <period>", "such as 90d, 12w, or 2026-09-01", "90d")
    .option("--json", "print JSON")
    .option("--html", "print a page for people, without scripts")
    .option("--prometheus", "print Prometheus' text format")
    .addHelpText("after", "\nExample:\n  maestro report --stack demo production --since 30d")
    .parse(argv, { from: "user" })
    .opts<Options>();
  const until = new Date();
  const window = { since: parsePeriod(options.since, until), until };
  const facts = new Map<string, StackFacts>();
  for (const stack of options.stack) facts.set(stack, await lookAtStack(stack));
  const figures = new Map(
    [...facts].map(([stack, { delivered }]) => [
      stack,
      workOutDora(delivered, readCommits(delivered.deployments, window.since), window),
    ]),
  );
  process.stdout.write(render(figures, findDrift(servingOn(facts)), options));
  return 0;
}

function render(
  figures: ReadonlyMap<string, DoraFigures>,
  drift: ReturnType<typeof findDrift>,
  { json, html, prometheus }: Options,
): string {
  if (json) {
    return `${JSON.stringify({ stacks: Object.fromEntries(figures), drift }, null, 2)}\n`;
  }
  if (html) return renderPage(figures, drift);
  if (prometheus) return renderMetrics(figures);
  const stacks = [...figures].flatMap(([stack, each]) => [...describeFigures(stack, each), ""]);
  const differing = drift.length > 0 ? ["services that differ", ...describeDrift(drift), ""] : [];
  return [...stacks, ...differing, FIGURE_NOTE, ""].join("\n");
}
