import { Command } from "commander";
import { withHost } from "../host/connectHost";
import { HostDirectory } from "../host/hostDirectory";
import { digestsOf } from "../release/release";
import { readDeliveries, type Delivered } from "../rules/analytics/deployments";
import { workOutDora, type DoraFigures } from "../rules/analytics/doraFigures";
import { renderMetrics } from "../rules/analytics/doraMetrics";
import { renderPage } from "../rules/analytics/doraPage";
import { describeDrift, describeFigures, FIGURE_NOTE } from "../rules/analytics/doraText";
import { findDrift, type ServingVersions } from "../rules/analytics/versionDrift";
import { parsePeriod } from "../rules/analytics/period";
import { readCommits } from "./report/readCommits";
import { DEFAULT_STACK, readStackSettings } from "./shared/stackFile";

interface Options {
  readonly stack: readonly string[];
  readonly since: string;
  readonly json?: boolean;
  readonly html?: boolean;
  readonly prometheus?: boolean;
}

/** What a stack's host knows. */
interface StackFacts {
  readonly delivered: Delivered;
  /** Null: nothing serves. */
  readonly serving: ServingVersions | null;
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
  for (const stack of options.stack) facts.set(stack, await lookAt(stack));
  const figures = new Map(
    [...facts].map(([stack, { delivered }]) => [
      stack,
      workOutDora(delivered, readCommits(delivered.deployments), window),
    ]),
  );
  const serving = [...facts].flatMap(([stack, each]) =>
    each.serving ? [[stack, each.serving] as const] : [],
  );
  process.stdout.write(render(figures, findDrift(new Map(serving)), options));
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

function lookAt(stack: string): Promise<StackFacts> {
  const { host: address, directory } = readStackSettings(stack);
  return withHost(address, async (host) => {
    const files = new HostDirectory(host, directory);
    const { records } = files;
    const [events, active, last] = await Promise.all([
      records.events.list(),
      files.edge.readActiveColor(),
      records.readSwitch(),
    ]);
    const placement = active && (await records.readPlacement(active));
    const serving = placement && { digests: digestsOf(placement.record), since: last?.at ?? "" };
    return { delivered: readDeliveries(events), serving: serving ?? null };
  });
}
