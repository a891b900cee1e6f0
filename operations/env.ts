import { Command } from "commander";
import { pulumiEnvironment } from "../config/pulumiEnvironment";

/** Prints what `pulumi` by hand needs in its environment, for the project around the working directory. */
export function main(argv: string[]): Promise<void> {
  new Command("env")
    .description('Print the environment for `pulumi` by hand: eval "$(maestro env)".')
    .parse(argv, { from: "user" });
  console.log(describeExports(process.env, pulumiEnvironment()).join("\n"));
  return Promise.resolve();
}

/** A line of shell for each variable that is not yet as it should be; fish reads them as bash and zsh do. */
export function describeExports(now: NodeJS.ProcessEnv, wanted: NodeJS.ProcessEnv): string[] {
  return Object.entries(wanted).flatMap(([name, value]) =>
    value === undefined || value === now[name] ? [] : [`export ${name}=${quote(value)}`],
  );
}

function quote(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`;
}
