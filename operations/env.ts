import { appendFileSync } from "node:fs";
import { Command } from "commander";
import { pulumiEnvironment } from "../config/pulumiEnvironment";
import { examplesOf } from "./shared/examples";

/** Prints what `pulumi` by hand needs in its environment, for the project around the working directory. */
// eslint-disable-next-line @typescript-eslint/require-await -- what it throws is a rejection, as of every command
export async function main(argv: string[]): Promise<void> {
  const { github } = new Command("env")
    .description('Print the environment for `pulumi` by hand: eval "$(maestro env)".')
    .option("--github", "have it in the later steps of a job of GitHub Actions")
    .addHelpText("after", examplesOf("env"))
    .parse(argv, { from: "user" })
    .opts<{ github?: boolean }>();
  if (github) writeForActions(process.env, pulumiEnvironment());
  else console.log(describeExports(process.env, pulumiEnvironment()).join("\n"));
}

/** A line of shell for each variable that is not yet as it should be; fish reads them as bash and zsh do. */
export function describeExports(now: NodeJS.ProcessEnv, wanted: NodeJS.ProcessEnv): string[] {
  return changesOf(now, wanted).map(([name, value]) => `export ${name}=${quote(value)}`);
}

/** https://docs.github.com/actions/reference/workflow-commands-for-github-actions#environment-files */
function writeForActions(now: NodeJS.ProcessEnv, wanted: NodeJS.ProcessEnv): void {
  const file = now["GITHUB_ENV"];
  if (!file) throw new Error("--github: GITHUB_ENV is not set; this is no job of GitHub Actions");
  const lines = changesOf(now, wanted).map(([name, value]) => `${name}=${value}\n`);
  appendFileSync(file, lines.join(""));
}

/** What is not yet as it should be. */
function changesOf(now: NodeJS.ProcessEnv, wanted: NodeJS.ProcessEnv): [string, string][] {
  return Object.entries(wanted).flatMap(([name, value]) =>
    value === undefined || value === now[name] ? [] : [[name, value]],
  );
}

function quote(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`;
}
