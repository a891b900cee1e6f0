import type { ExecaChildProcess } from "execa";

/** What one run of the CLI came to. */
export interface RunResult {
  readonly exitCode: number;
  readonly output: string;
  readonly seconds: number;
}

/** Waits for a command's end; one that was killed has exit code 137. */
export async function finish(child: ExecaChildProcess): Promise<RunResult> {
  const began = performance.now();
  const { exitCode, all, signal } = await child;
  const seconds = (performance.now() - began) / 1000;
  return { exitCode: signal ? 137 : exitCode, output: all ?? "", seconds };
}

/** @returns the output of a run that must succeed. */
export async function succeed(run: RunResult | Promise<RunResult>): Promise<string> {
  const { exitCode, output } = await run;
  if (exitCode !== 0) throw new Error(output);
  return output;
}
