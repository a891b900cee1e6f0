import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Command } from "commander";
import { RUNBOOK } from "../rules/observability/alertRule";
import { channelSecrets, untoldChannels } from "../rules/observability/alertmanagerConfig";
import { TOKEN_FILE } from "../rules/observability/layout";
import { readStackSettings } from "./shared/stackFile";
import { addSubcommand } from "./shared/subcommand";

interface Options {
  readonly stack: string;
  readonly directory: string;
  readonly runbook: string;
  readonly secrets: string;
  readonly remoteWrite?: string;
  readonly json?: boolean;
}

/** What was written, and what is left to do. */
interface Rendered {
  readonly files: readonly string[];
  /** Files that Alertmanager wants beside them, and the variable of the environment that holds the content. */
  readonly secrets: ReturnType<typeof channelSecrets>;
  /** File that Alloy wants beside its own, and the one on the stack's host that holds the content; only with a file for Alloy. */
  readonly token?: { readonly file: string; readonly content: string };
  /** Channels of `maestro:notices` that are not told of alerts. */
  readonly untold: ReturnType<typeof untoldChannels>;
}

/** `observability`: files for servers of Prometheus, Alertmanager, Grafana and Alloy that watch a stack. */
export async function main(argv: string[]): Promise<number> {
  const program = new Command("observability").description(
    "Writes what servers that watch a stack read: rules, routes of alerts, dashboards.",
  );
  addSubcommand(program, "render", "Writes rules, alert routes and dashboards into a directory.")
    .requiredOption("--directory <path>", "where to write; made where it is not there")
    .option("--runbook <address>", "page with a section for each alert", RUNBOOK)
    .option(
      "--secrets <path>",
      "where Alertmanager will find the channels' secrets, and Alloy the exporter's token",
      "/etc/observability",
    )
    .option(
      "--remote-write <address>",
      "a Prometheus that takes what an Alloy sends; writes that one's configuration too",
    )
    .action(async (options: Options) => {
      const rendered = await render(options);
      if (options.json) console.log(JSON.stringify(rendered, null, 2));
      else print(rendered, options);
    });
  await program.parseAsync(argv, { from: "user" });
  return 0;
}

async function render({ stack, directory, ...options }: Options): Promise<Rendered> {
  const settings = readStackSettings(stack);
  const channels = settings.notices ?? [];
  const { renderFiles, alloyTokenFile } = await import("./observability/renderedFiles");
  const files = renderFiles(stack, settings, options);
  for (const [file, content] of files) {
    const target = path.join(directory, file);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, content);
  }
  const token = {
    file: alloyTokenFile(options.secrets),
    content: path.posix.join(settings.directory, TOKEN_FILE),
  };
  return {
    files: [...files.keys()],
    secrets: channelSecrets(channels),
    ...(options.remoteWrite === undefined ? {} : { token }),
    untold: untoldChannels(channels),
  };
}

function print(
  { files, secrets, token, untold }: Rendered,
  { directory, secrets: place }: Options,
): void {
  for (const file of files) console.log(`wrote ${path.join(directory, file)}`);
  for (const { file, variable } of secrets) {
    console.log(`Alertmanager reads ${place}/${file}: put there what ${variable} holds`);
  }
  if (token) console.log(`Alloy reads ${token.file}: put there what ${token.content} holds`);
  for (const { name, why } of untold) console.log(`${name} is not told of alerts: ${why}`);
}
