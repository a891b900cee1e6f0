import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { Command } from "commander";
import { renderDashboard } from "../rules/analytics/dashboardPage";
import { workOutDora } from "../rules/analytics/doraFigures";
import type { StackPage } from "../rules/analytics/pageFacts";
import { parsePeriod } from "../rules/analytics/period";
import { showReleases } from "../rules/analytics/releaseDiff";
import { describeGates } from "../rules/gates/gateWords";
import { findDrift } from "../rules/analytics/versionDrift";
import { lookAtStack, servingOn, type StackFacts } from "./report/lookAtStack";
import { readCommits } from "./report/readCommits";
import { DEFAULT_STACK } from "./shared/stackFile";
import { examplesOf } from "./shared/examples";

interface Options {
  readonly stack: readonly string[];
  readonly since: string;
  readonly export?: string;
  readonly port: string;
}

/** `dashboard`: a page of what serves, what has happened, and how releases went. */
export async function main(argv: string[]): Promise<number> {
  const options = new Command("dashboard")
    .description("Shows releases, sets, verdicts and figures on a page for this machine's browser.")
    .option("--stack <name...>", "stacks to show", [DEFAULT_STACK])
    .option("--since <period>", "of the figures: such as 90d, 12w, or 2026-09-01", "90d")
    .option("--export <file>", "write the page into a file, and serve nothing")
    .option("--port <number>", "of 127.0.0.1; 0: any that is free", "0")
    .addHelpText("after", examplesOf("dashboard"))
    .parse(argv, { from: "user" })
    .opts<Options>();
  parsePeriod(options.since, new Date());
  const port = parsePort(options.port);
  if (options.export !== undefined) {
    writeFileSync(options.export, await makePage(options));
    console.log(`wrote ${options.export}`);
    return 0;
  }
  const { servePage } = await import("./dashboard/servePage");
  const page = await servePage(port, () => makePage(options));
  console.log(`${page.url}\nends with Ctrl+C`);
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
  await page.close();
  return 0;
}

function parsePort(given: string): number {
  const port = Number(given);
  if (/^\d+$/.test(given) && port <= 65_535) return port;
  throw new Error(`--port: must be a port from 0 to 65535, got ${JSON.stringify(given)}`);
}

async function makePage({ stack: names, since }: Options): Promise<string> {
  const madeAt = new Date();
  const window = { since: parsePeriod(since, madeAt), until: madeAt };
  const { drawCharts } = await import("./dashboard/charts");
  const facts = new Map<string, StackFacts>();
  for (const name of names) facts.set(name, await lookAtStack(name));
  const key = randomBytes(32);
  const stacks = [...facts].map(([stack, { releases, delivered, gates, ...rest }]): StackPage => {
    const figures = workOutDora(
      delivered,
      readCommits(delivered.deployments, window.since),
      window,
    );
    return {
      ...{ ...rest, stack, delivered, figures, releases: showReleases(releases, key) },
      gates: describeGates(gates, madeAt),
    };
  });
  return renderDashboard({
    ...{ stacks, madeAt, drift: findDrift(servingOn(facts)) },
    charts: new Map(stacks.map((page) => [page.stack, drawCharts(page)])),
  });
}
