import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Command } from "commander";
import { alertSettings } from "../config/alertSettings";
import { RUNBOOK } from "../rules/observability/alertRule";
import { prometheusRules } from "../rules/observability/alertRules";
import {
  channelSecrets,
  renderAlertmanagerConfig,
  untoldChannels,
} from "../rules/observability/alertmanagerConfig";
import { renderDatasources } from "../rules/observability/grafanaDatasources";
import { dashboardsFor } from "../rules/observability/dashboards/dashboards";
import { keptLogs } from "../rules/observability/keptLogs";
import { readStackSettings } from "./shared/stackFile";
import { addSubcommand } from "./shared/subcommand";

interface Options {
  readonly stack: string;
  readonly directory: string;
  readonly runbook: string;
  readonly secrets: string;
  readonly json?: boolean;
}

/** What was written, and what is left to do. */
interface Rendered {
  readonly files: readonly string[];
  /** Files that Alertmanager wants beside them, and the variable of the environment that holds the content. */
  readonly secrets: ReturnType<typeof channelSecrets>;
  /** Channels of `maestro:notices` that are not told of alerts. */
  readonly untold: ReturnType<typeof untoldChannels>;
}

/** `observability`: files for Prometheus, Alertmanager and Grafana servers that watch a stack. */
export async function main(argv: string[]): Promise<number> {
  const program = new Command("observability").description(
    "Writes what servers that watch a stack read: rules, routes of alerts, dashboards.",
  );
  addSubcommand(program, "render", "Writes rules, alert routes and dashboards into a directory.")
    .requiredOption("--directory <path>", "where to write; made where it is not there")
    .option("--runbook <address>", "page with a section for each alert", RUNBOOK)
    .option(
      "--secrets <path>",
      "where Alertmanager will find the channels' secrets",
      "/etc/observability",
    )
    .action(async (options: Options) => {
      const rendered = await render(options);
      if (options.json) console.log(JSON.stringify(rendered, null, 2));
      else print(rendered, options);
    });
  await program.parseAsync(argv, { from: "user" });
  return 0;
}

async function render({ stack, directory, runbook, secrets }: Options): Promise<Rendered> {
  const settings = readStackSettings(stack);
  const { notices, observability } = settings;
  const channels = notices ?? [];
  const dashboards = dashboardsFor(keptLogs(observability)?.observer ?? null);
  const { renderGrafana } = await import("./observability/grafanaDashboards");
  const files = new Map([
    ["prometheus/rules.yml", prometheusRules({ ...alertSettings(stack, settings), runbook })],
    ["alertmanager/alertmanager.yml", renderAlertmanagerConfig(channels, secrets)],
    ...(observability
      ? [["grafana/datasources.yml", renderDatasources(observability)] as const]
      : []),
    ...dashboards.map((each) => [`dashboards/${each.uid}.json`, renderGrafana(each)] as const),
  ]);
  for (const [file, content] of files) {
    const target = path.join(directory, file);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, content);
  }
  return {
    files: [...files.keys()],
    secrets: channelSecrets(channels),
    untold: untoldChannels(channels),
  };
}

function print({ files, secrets, untold }: Rendered, { directory, secrets: place }: Options): void {
  for (const file of files) console.log(`wrote ${path.join(directory, file)}`);
  for (const { file, variable } of secrets) {
    console.log(`Alertmanager reads ${place}/${file}: put there what ${variable} holds`);
  }
  for (const { name, why } of untold) console.log(`${name} is not told of alerts: ${why}`);
}
