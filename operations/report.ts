import { Command } from "commander";
import { readPrices } from "../config/prices";
import { workOutCost, type Cost } from "../rules/analytics/costs";
import { workOutDora, type DoraFigures } from "../rules/analytics/doraFigures";
import { renderMetrics } from "../rules/analytics/doraMetrics";
import { renderPage } from "../rules/analytics/doraPage";
import { describeDrift, describeFigures, FIGURE_NOTE } from "../rules/analytics/doraText";
import { findDrift } from "../rules/analytics/versionDrift";
import { parsePeriod } from "../rules/analytics/period";
import { lookAtStack, servingOn, type StackFacts } from "./report/lookAtStack";
import { readCommits } from "./report/readCommits";
import { DEFAULT_STACK } from "./shared/stackFile";
import { examplesOf } from "./shared/examples";

interface Options {
  readonly stack: readonly string[];
  readonly since: string;
  readonly prices?: string;
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
    .option("--prices <file>", "what stacks cost (default: the project's prices.yaml, if any)")
    .option("--json", "print JSON")
    .option("--html", "print a page for people, without scripts")
    .option("--prometheus", "print Prometheus' text format")
    .addHelpText("after", examplesOf("report"))
    .parse(argv, { from: "user" })
    .opts<Options>();
  const until = new Date();
  const window = { since: parsePeriod(options.since, until), until };
  const prices = readPrices(options.prices);
  const facts = new Map<string, StackFacts>();
  for (const stack of options.stack) facts.set(stack, await lookAtStack(stack));
  const figures = new Map(
    [...facts].map(([stack, { delivered }]) => [
      stack,
      workOutDora(delivered, readCommits(delivered.deployments, window.since), window),
    ]),
  );
  const costs = new Map(
    [...facts].flatMap(([stack, { reserved }]) =>
      prices === null ? [] : [[stack, workOutCost(stack, prices, reserved)] as const],
    ),
  );
  process.stdout.write(render({ figures, costs, drift: findDrift(servingOn(facts)) }, options));
  return 0;
}

interface Report {
  readonly figures: ReadonlyMap<string, DoraFigures>;
  /** Empty: the project has no prices. */
  readonly costs: ReadonlyMap<string, Cost>;
  readonly drift: ReturnType<typeof findDrift>;
}

function render({ figures, costs, drift }: Report, { json, html, prometheus }: Options): string {
  if (json) {
    const stacks = [...figures].map(([stack, each]) => {
      const cost = costs.get(stack);
      return [stack, { ...each, ...(cost && { cost }) }] as const;
    });
    return `${JSON.stringify({ stacks: Object.fromEntries(stacks), drift }, null, 2)}\n`;
  }
  if (html) return renderPage(figures, drift, costs);
  if (prometheus) return renderMetrics(figures, costs);
  const stacks = [...figures].flatMap(([stack, each]) => [
    ...describeFigures(stack, each, costs.get(stack)),
    "",
  ]);
  const differing = drift.length > 0 ? ["services that differ", ...describeDrift(drift), ""] : [];
  return [...stacks, ...differing, FIGURE_NOTE, ""].join("\n");
}
