import path from "node:path";
import { createInterface } from "node:readline/promises";
import { serviceName } from "./foundService";

/** What `init` is told; what is left out is asked for on a terminal, else it has a default. */
export interface InitOptions {
  readonly project?: string;
  readonly stack?: string;
  readonly kind?: string;
  readonly source?: string;
  readonly registry?: string;
  readonly listen?: string;
  readonly preview?: string;
  readonly subnet?: string;
  readonly package?: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** The project's name unless one is given: the directory's, as a name may be written. */
export function defaultProject(directory: string): string {
  return serviceName(path.basename(directory));
}

/** Whether there is a person to ask. */
export function canAsk({ yes, json }: InitOptions): boolean {
  return !yes && !json && process.stdin.isTTY && process.stdout.isTTY;
}

/** Asks for what matters most and was not given; an empty answer takes the default. */
export async function askOptions(given: InitOptions, directory: string): Promise<InitOptions> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const ask = async (question: string, value: string | undefined, usual: string) =>
    value ?? ((await terminal.question(`${question} (${usual}): `)).trim() || usual);
  try {
    return {
      ...given,
      project: await ask("Name of the project", given.project, defaultProject(directory)),
      stack: await ask("First stack", given.stack, "development"),
      listen: await ask("Where users arrive", given.listen, "127.0.0.1:8080"),
    };
  } finally {
    terminal.close();
  }
}
